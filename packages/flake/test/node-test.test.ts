import { expect, test } from 'vitest'
import { readRecord } from '@isolane/record'
import { makeProject } from './project.ts'

test('the record of node --test says where tests are, when they ran and how they ended', async () => {
  await using project = await makeProject({
    'a.test.mjs': `import assert from 'node:assert'
import { before, beforeEach, describe, it, test } from 'node:test'
describe('cart', () => {
  it('is slow', async () => { await new Promise((done) => setTimeout(done, 120)) })
  it('adds', () => assert.equal(1, 2))
  it('waits', { timeout: 20 }, () => new Promise((done) => setTimeout(done, 60)))
  it.skip('is left out', () => {})
  it.todo('comes later', () => { throw new Error('not yet') })
})
describe('set up once', () => {
  before(() => { throw new Error('no database') })
  it('reads', () => {})
  it('writes', () => {})
})
describe('set up each time', () => {
  beforeEach(() => { throw new Error('no mailbox') })
  it('sends', () => {})
})
test('parent', async (t) => { await t.test('child', () => {}) })`,
    'b.test.mjs': `import { test } from 'node:test'
test('ends everything', async () => { await new Promise((done) => setTimeout(done, 20)); process.exit(3) })
test('never runs', () => {})`,
    'c.test.mjs': `throw new TypeError('cannot load')`,
    'd.test.mjs': `import { test } from 'node:test'
test('is fine', () => {})`,
  })
  const command = [process.execPath, '--test', '--test-concurrency=2']
  const { path = '', exitCode } = await project.record({ command })
  expect(exitCode).toBe(1)
  const record = readRecord(path)
  expect(record.header).toMatchObject({ runner: { name: 'node:test' }, workers: 2 })
  expect(record.end?.status).toBe('failed')
  const told = record.attempts.map(({ key, line, outcome, error }) =>
    [key, line, outcome, error?.signature].filter((one) => one !== undefined).join(' | '),
  )
  expect(told).toEqual([
    'a.test.mjs > cart > is slow | 4 | passed',
    'a.test.mjs > cart > adds | 5 | failed | AssertionError: <n> == <n> @ a.test.mjs:5',
    'a.test.mjs > cart > waits | 6 | timed-out | Error: test timed out after <n>ms',
    'a.test.mjs > cart > is left out | 7 | skipped',
    'a.test.mjs > cart > comes later | 8 | skipped',
    'a.test.mjs > set up once > reads | 12 | skipped',
    'a.test.mjs > set up once > writes | 13 | skipped',
    'a.test.mjs > set up each time > sends | 17 | failed | Error: no mailbox @ a.test.mjs:16',
    'a.test.mjs > parent > child | 19 | passed',
    'b.test.mjs > ends everything | 2 | crashed | Error: the process ended with exit code <n> while this test ran',
    'd.test.mjs > is fine | 2 | passed',
  ])
  expect(
    record.errors.map(({ scope, file, tests, error }) => ({
      scope,
      ...(file === undefined ? {} : { file }),
      tests,
      signature: error.signature,
    })),
  ).toEqual([
    {
      scope: 'setup',
      tests: ['a.test.mjs > set up once > reads', 'a.test.mjs > set up once > writes'],
      signature: 'Error: no database @ a.test.mjs:11',
    },
    {
      scope: 'load',
      file: 'c.test.mjs',
      tests: [],
      signature: 'TypeError: cannot load @ c.test.mjs:1',
    },
  ])
  expect(record.workerEvents).toMatchObject([{ event: 'crash', file: 'b.test.mjs' }])
  const [slow, next] = record.attempts
  expect((slow?.endMs ?? 0) - (slow?.startMs ?? 0)).toBeGreaterThanOrEqual(115)
  // When both are heard of at once, only the duration of the second one is left between them.
  expect(next?.endMs).toBeGreaterThanOrEqual((slow?.startMs ?? Infinity) + 115)
})
