import { expect, test } from 'vitest'
import { hintForFiles } from './stayed-inside.ts'

const file = (path: string, kept = false) =>
  ({ path, change: 'added', kind: 'file', kept }) as const

test.each([
  'Test timed out in 5000ms.',
  'Timed out in waitFor!',
  'thrown: "Exceeded timeout of 5000 ms for a test.',
  '\u001b[31mTest timeout of 30000ms exceeded.\u001b[39m',
  'Timeout 5000ms exceeded while waiting on the predicate',
  'the worker timed out waiting for answer.json',
])('%s: names what nobody outside has seen', (text) => {
  expect(hintForFiles(text, process.cwd(), () => [file('exchange/question.json')])).toBe(
    'isolane sandbox: exchange/question.json is seen by this worker alone; if somebody outside waits for it, --writable exchange/ (sandbox.files.writable) shares it',
  )
})

test.each([
  'locator.click: Timeout 5000ms exceeded.',
  'expected 1 to be 2',
  'timeout is not a function',
])('%s: says nothing', (text) => {
  expect(hintForFiles(text, '/', () => [file('exchange/question.json')])).toBeUndefined()
})

test('what is kept, what lies elsewhere, and what servers write does not count', () => {
  const written = [
    file('__snapshots__/a.snap', true),
    file('/tmp/a.json'),
    file('node_modules/.cache/a'),
    file('app.db-wal'),
    file('logs/server.log'),
    { ...file('removed'), kind: 'directory' } as const,
  ]
  expect(hintForFiles('timed out', '/', () => written)).toBeUndefined()
})

test('several files, and names that would steer the terminal', () => {
  const written = ['a/1', 'b/2', 'b/\u001b[31m3', 'b/4', 'b/5', 'b/6', 'b/7'].map((path) =>
    file(path),
  )
  expect(hintForFiles('timed out', '/', () => written)).toBe(
    'isolane sandbox: a/1, b/2, b/3, b/4, b/5 and 2 more are seen by this worker alone; if somebody outside waits for them, --writable <path> (sandbox.files.writable) shares them',
  )
  expect(hintForFiles('timed out', '/', () => written.slice(1))).toContain('--writable /b/ (')
})
