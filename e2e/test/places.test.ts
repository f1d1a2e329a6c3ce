import { chownSync, globSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { processesLeft } from './support/processes.ts'
import { checkOut, contentOf, layersOf } from './support/project.ts'
import { run } from './support/run.ts'

const isolaneRun = ['isolane', 'run', '--workers', '4', '--', 'npx', 'vitest', 'run']

test('a path with spaces and letters beyond ASCII', async () => {
  await using copy = await checkOut('sqlite-file', "Übung, 'größer' & 試験")
  const before = await contentOf(copy.directory)
  const result = await run(copy, 'vitest', isolaneRun)
  expect(result, result.output).toMatchObject({ exitCode: 0, passed: 54, failed: 0 })
  expect(await contentOf(copy.directory)).toEqual(before)
  expect(layersOf(copy)).toEqual([])
})

test('a workspace whose packages are linked, where one writes a file of another', async () => {
  await using copy = await checkOut('workspace')
  const cwd = 'packages/billing'
  const plain = await run(
    copy,
    'vitest',
    ['npx', 'vitest', 'run', '--fileParallelism', '--maxWorkers=4'],
    { cwd },
  )
  expect(plain.exitCode).not.toBe(0)
  expect(plain.output).toMatch(/expected|in JSON/)

  await using fresh = await checkOut('workspace')
  const before = await contentOf(fresh.directory)
  const result = await run(fresh, 'vitest', isolaneRun, { cwd })
  expect(result, result.output).toMatchObject({ exitCode: 0, passed: 7, failed: 0 })
  expect(await contentOf(fresh.directory)).toEqual(before)
  expect(layersOf(fresh)).toEqual([])
})

test('sixteen workers', async () => {
  await using copy = await checkOut('fixed-port')
  const result = await run(copy, 'vitest', isolaneRun.with(3, '16'))
  expect(result, result.output).toMatchObject({ exitCode: 0, passed: 25, failed: 0 })
  expect(await processesLeft(copy.directory)).toEqual([])
  expect(layersOf(copy)).toEqual([])
})

const here = fileURLToPath(new URL('..', import.meta.url))
const asAnyUser = process.getuid?.() === 0 && (statSync(here).mode & 0o005) === 0o005

test.runIf(asAnyUser)('an ordinary user, although this test runs as root', async () => {
  const user = 65_001
  await using copy = await checkOut('queue-daemon')
  for (const path of [copy.beside, copy.cache]) {
    chownSync(path, user, user)
    for (const one of globSync('**', { cwd: path, exclude: ['**/node_modules/*'] })) {
      chownSync(`${path}/${one}`, user, user)
    }
  }
  const before = await contentOf(copy.directory)
  const result = await run(copy, 'vitest', isolaneRun, { user })
  expect(result, result.output).toMatchObject({ exitCode: 0, passed: 19, failed: 0 })
  expect(await contentOf(copy.directory)).toEqual(before)
  expect(await processesLeft(copy.directory)).toEqual([])
  expect(layersOf(copy)).toEqual([])
})
