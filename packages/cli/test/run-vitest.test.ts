import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commands, runProject } from './support/run-project.ts'

const vitest = [...commands.vitest, 'run']

/** A test file as people write it: a fixed port, and a database by a relative path. */
const serial = `
  import { createServer } from 'node:http'
  import { existsSync, readFileSync, writeFileSync } from 'node:fs'
  import { setTimeout } from 'node:timers/promises'
  import { expect, test } from 'vitest'
  test('serves what it has stored', async () => {
    expect(existsSync('test.db')).toBe(false)
    writeFileSync('test.db', String(process.pid))
    const server = createServer((_, response) => response.end(readFileSync('test.db')))
    await new Promise((resolve, reject) => server.on('error', reject).listen(3000, '127.0.0.1', resolve))
    // Long enough that files which run side by side do meet.
    await setTimeout(300)
    expect(await (await fetch('http://127.0.0.1:3000')).text()).toBe(String(process.pid))
    server.close()
  })
`
const four = Object.fromEntries([1, 2, 3, 4].map((n) => [`t${n}.test.js`, serial]))

test('files that share a port and a database pass side by side, unchanged', async () => {
  const it = await runProject({
    ...four,
    'vitest.config.js': 'export default { test: { fileParallelism: false } }',
  })
  const outside = await it.plain([...vitest, '--fileParallelism', '--maxWorkers=4'])
  expect(outside.stdout).toMatch(/Tests {2}3 failed \| 1 passed/)
  await rm(join(it.dir, 'test.db'))
  const inside = await it.isolane('--workers', '4', '--', ...vitest)
  expect(inside.stdout).toMatch(/Tests {2}4 passed \(4\)/)
  expect(inside.said).toMatchInlineSnapshot(`
    [
      "every worker runs in a sandbox with network, files and processes of its own; project: <project>",
      "4 workers at a time; fileParallelism: false would make it 1.",
      "the sandbox kept apart test.db (4 workers): why this suite fails in parallel without it.",
    ]
  `)
  expect(inside.exitCode).toBe(0)
  expect(await it.files()).toEqual(['package.json', ...Object.keys(four), 'vitest.config.js'])
  const report = await it.report()
  expect(report.format).toBe('isolane.sandbox/1')
  expect(report.workers.map(({ slot }) => slot).toSorted()).toEqual([1, 2, 3, 4])
  expect(report.files.map(({ file }) => file).toSorted()).toEqual(Object.keys(four))
  for (const { written } of report.files)
    expect(written.map(({ path }) => path)).toEqual(['test.db'])
  expect(it.leftovers()).toEqual([])
})
