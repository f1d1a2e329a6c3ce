import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exitCodes } from '@isolane/flake'
import { expect, test } from 'vitest'
import { makeProject, vitest } from './project.ts'

const command = [...vitest, 'run']
const slow = { timeout: 480_000 }

test('a test that depends on the clock is told by holding the clock', slow, async () => {
  await using project = await makeProject({
    'a.test.js': `import { existsSync, readFileSync, writeFileSync } from 'node:fs'
      import { expect, test } from 'vitest'
      test('every second time, and on odd milliseconds', async () => {
        const now = Date.now()
        await new Promise((settle) => setTimeout(settle, 20))
        if (Date.now() === now) return expect(now % 2).toBe(0)
        const path = 'MEMORY/count'
        const count = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0
        writeFileSync(path, String(count + 1))
        expect(count % 2).toBe(1)
      })`,
  })
  const { report } = await project.flake({ command })
  expect(report.findings).toMatchObject([{ verdict: 'intermittent', cause: 'time' }])
  const axis = report.findings[0]?.evidence.find(({ kind }) => kind === 'axis')
  expect(axis?.detail).toMatch(
    /^it depends on the clock: [\d:.]+ [03] of 3 failed, [\d:.]+ [03] of 3 failed/,
  )
  expect(axis?.detail).toMatch(/ 0 of 3/)
  expect(axis?.detail).toMatch(/ 3 of 3/)
})

test('a test that depends on the time zone is told by holding the zone', slow, async () => {
  await using project = await makeProject({
    'a.test.js': `import { existsSync, readFileSync, writeFileSync } from 'node:fs'
      import { expect, test } from 'vitest'
      test('in another zone every time', () => {
        const path = 'MEMORY/count'
        const count = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0
        writeFileSync(path, String(count + 1))
        process.env.TZ = ['Asia/Tokyo', 'UTC'][count % 2]
        expect(new Date(0).getHours()).toBe(0)
      })`,
  })
  const { report } = await project.flake({ command })
  expect(report.findings).toMatchObject([{ verdict: 'intermittent', cause: 'time' }])
  const axis = report.findings[0]?.evidence.find(({ kind }) => kind === 'axis')
  expect(axis?.detail).toBe(
    'it depends on the time zone: UTC 0 of 3 failed, America/Los_Angeles 3 of 3 failed',
  )
})

test('an examination that was stopped goes on where it ended', slow, async () => {
  await using project = await makeProject({
    'a.test.js': `import { appendFileSync } from 'node:fs'
      import { expect, test } from 'vitest'
      test('bad', () => { appendFileSync('MEMORY/runs', 'x'); expect(1).toBe(2) })
      test('good', () => {})`,
  })
  const runs = (): number => readFileSync(join(project.memory, 'runs'), 'utf8').length
  const stop = new AbortController()
  const notes: string[] = []
  const progress = {
    step: (text: string): void => {
      if (text.startsWith('reordered')) stop.abort()
    },
    note: (text: string): void => void notes.push(text),
  }
  const stopped = await project.flake({ command, progress, signal: stop.signal })
  expect(stopped.exitCode).toBe(exitCodes.interrupted)
  const before = runs()
  const resumed = await project.flake({ command, progress, resume: true })
  expect(resumed.exitCode).toBe(exitCodes.consistent)
  expect(resumed.report.findings).toMatchObject([
    { verdict: 'consistent', arms: { reordered: { runs: 1 } } },
  ])
  const { runs: alone = 0, failures } = resumed.report.findings[0]?.arms.alone ?? {}
  // Seven; fewer when the machine was so busy that the test or a start of it seemed to be slow.
  expect([3, 4, 7]).toContain(alone)
  expect(failures).toBe(alone)
  expect(runs()).toBe(before + 1)
  expect(notes).toEqual([])
  // Nothing is left to go on with.
  const anew = await project.flake({ command, progress, resume: true })
  expect(anew.exitCode).toBe(exitCodes.consistent)
  expect(notes).toEqual([expect.stringContaining('nothing to go on with')])
})
