import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, expect, test } from 'vitest'
import { hasBeforeAll, thrownIn } from './thrown-in.ts'

const source = `const help = () => { throw new Error('no') }
beforeAll(async () => {
  help()
})
describe('a', () => {
  test.beforeEach(() => { help() })
  test.each([1])('it (is) %i', () => {
    help()
  })
  it('x', () => { /a/.test('b'); help() })
  afterEach(() => help())
})
`

function write(text: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'isolane-thrown-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const path = join(dir, 'a.test.js')
  writeFileSync(path, text)
  return path
}

test.for([
  ['a hook before all tests', [3, 3], 'beforeAll'],
  ['a hook before each test', [6, 27], 'beforeEach'],
  ['a test of a table', [8, 5], 'test'],
  ['a test on one line', [10, 34], 'test'],
  ['a hook after tests, which have run then', [11, 19], 'test'],
] as const)('%s', ([, [line, column], expected]) => {
  const path = write(source)
  const stack = `Error: no\n    at help (${path}:1:28)\n    at Object.<anonymous> (file://${path}:${line}:${column})`
  expect(thrownIn(stack, path)).toBe(expected)
})

test('nothing is known without a frame in the file, or without the file', () => {
  const path = write(source)
  expect(thrownIn('Error: no\n    at help (/elsewhere/b.js:1:2)', path)).toBeUndefined()
  expect(thrownIn(undefined, path)).toBeUndefined()
  expect(thrownIn('Error: no\n    at /nowhere/a.test.js:1:2', '/nowhere/a.test.js')).toBeUndefined()
})

test('a file is searched for a hook before all tests', () => {
  expect(hasBeforeAll(write(source))).toBe(true)
  expect(hasBeforeAll(write(`beforeEach(() => {})\ntest('a', () => {})`))).toBe(false)
})
