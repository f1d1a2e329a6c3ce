import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readProgress, readResults, resultsAt } from './progress.ts'
import type { Progress, ResultLine } from './progress.ts'

const running: Progress = {
  phase: 'test',
  file: '/a.test.ts',
  tests: [
    { id: '1', name: 'one', line: undefined },
    { id: '2', name: 'two', line: undefined },
  ],
  ownMs: 5_000,
  unlimited: false,
  atMs: 10,
}
const result = (batch: number, id: string, atMs: number): ResultLine => ({
  batch,
  atMs,
  id,
  suite: 'group',
  ownMs: 10_000,
  unlimited: true,
  result: { state: 'pass' },
})

/** A file with a note, and results below it as a worker leaves them. */
function noted(progress: Progress, ...results: readonly (ResultLine | string)[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'isolane-progress-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'worker')
  const lines = results.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
  const first = `${JSON.stringify(progress)}\nleft of a longer note`
  writeFileSync(path, `${first.padEnd(resultsAt)}${lines.map((line) => `${line}\n`).join('')}`)
  return path
}

test('a note is what the worker is at, without the tests that have ended since', () => {
  const none = noted(running, { batch: 3, atMs: 9 }, result(2, '1', 8))
  expect(readProgress(none)).toEqual(running)
  const first = noted(running, { batch: 3, atMs: 9 }, result(3, '1', 12))
  expect(readProgress(first)).toMatchObject({ tests: [{ id: '2' }], atMs: 12 })
  const both = noted(running, { batch: 3, atMs: 9 }, result(3, '2', 12), result(3, '1', 13))
  const hooks = { phase: 'hooks', suite: 'group', tests: [], ownMs: 10_000, unlimited: true }
  expect(readProgress(both)).toMatchObject({ ...hooks, atMs: 13 })
})

test('results are those of the batch that was not sent', () => {
  const path = noted(running, { batch: 3, atMs: 9 }, result(3, '1', 12), result(2, '2', 8))
  expect([...readResults(path)]).toEqual([['1', { state: 'pass' }]])
  const cut = noted(running, { batch: 3, atMs: 9 }, result(3, '1', 12), '{"batch":3,"id":')
  expect([...readResults(cut).keys()]).toEqual(['1'])
})

test('without a file there is nothing', () => {
  expect(readProgress('/no/such/file')).toBeUndefined()
  expect(readResults('/no/such/file').size).toBe(0)
})
