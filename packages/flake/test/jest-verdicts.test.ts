import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readRecord } from '@isolane/record'
import { expect, test } from 'vitest'
import { jest, makeProject } from './project.ts'

const slow = { timeout: 480_000 }
const config = { 'package.json': '{ "jest": { "testEnvironment": "node" } }' }

test(
  'with Jest, real failures, a polluted mock, a test that needs another and a broken hook are told apart',
  slow,
  async () => {
    await using project = await makeProject({
      ...config,
      'price.test.js': `describe('price (net)', () => {
        test('is a number', () => {})
        test('rounds up', () => { expect(Math.round(1.4)).toBe(2) })
      })`,
      'mail.test.js': `const send = jest.fn()
      test('sends', () => { send() })
      test('is called once', () => { send(); expect(send).toHaveBeenCalledTimes(1) })`,
      'late.test.js': `const state = {}
      describe('state', () => { test('is ready', () => { expect(state.ready).toBe(true) }) })
      test('is an object', () => {})
      test('gets ready', () => { state.ready = true })`,
      'rows.test.js': `test.each([1, 2])('%i is three', () => { expect(1).toBe(3) })`,
      'hook.test.js': `beforeAll(() => { throw new Error('no seed for role admin') })
      test('one', () => {}); test('two', () => {}); test.skip('three', () => {})`,
    })
    const command = [...jest, '--maxWorkers=2']
    const { exitCode, report } = await project.flake({ command })
    expect(exitCode).toBe(1)
    expect(report.runner.name).toBe('jest')
    expect(report.totals).toEqual({ tests: 12, passed: 4, failed: 7, skipped: 1, missing: 0 })
    const findings = report.findings.toSorted((a, b) => (a.test.key < b.test.key ? -1 : 1))
    expect(findings).toMatchObject([
      { test: { key: 'hook.test.js > one' }, verdict: 'setup' },
      {
        test: { key: 'late.test.js > state > is ready' },
        verdict: 'order-dependent',
        culprits: [{ role: 'state-setter', key: 'late.test.js > gets ready' }],
      },
      {
        test: { key: 'mail.test.js > is called once' },
        verdict: 'order-dependent',
        culprits: [{ role: 'polluter', key: 'mail.test.js > sends' }],
        reproduce: "npx jest mail.test.js -t '^(sends|is called once)$' --runInBand",
      },
      {
        test: { key: 'price.test.js > price (net) > rounds up', line: 3 },
        verdict: 'consistent',
        reproduce: String.raw`npx jest price.test.js -t '^price \(net\) rounds up$'`,
      },
      { test: { key: 'rows.test.js > 1 is three' }, verdict: 'consistent' },
      { test: { key: 'rows.test.js > 2 is three' }, verdict: 'consistent' },
    ])
    const record = readRecord(join(project.dir, '.isolane', 'flake', 'runs', '1-first.jsonl'))
    expect(record.header).toMatchObject({ runner: { name: 'jest' }, workers: 2 })
    const workers = new Map(record.attempts.map(({ file, worker }) => [file, worker]))
    expect(new Set(workers.values()).size).toBe(2)
    expect(record.workerEvents.map(({ event, worker }) => [event, worker])).toEqual(
      [...new Set(record.attempts.map(({ worker }) => worker))].map((worker) => [
        'started',
        worker,
      ]),
    )
    for (const { worker, atMs } of record.workerEvents) {
      const own = record.attempts.filter((attempt) => attempt.worker === worker)
      expect(atMs).toBeLessThan(Math.min(...own.map(({ startMs }) => startMs)))
    }
    expect(record.end?.status).toBe('failed')
    expect(readFileSync(join(project.dir, '.isolane', 'flake', 'summary.md'), 'utf8')).toContain(
      'order-dependent',
    )
  },
)

test('with Jest, a worker that is killed is the machine, and no file is lost', slow, async () => {
  await using project = await makeProject({
    ...config,
    'a.test.js': `test('dies', () => { process.kill(process.pid, 'SIGKILL') })`,
    'b.test.js': `test('lives', () => {})`,
    'c.test.js': `test('lives too', () => {})`,
  })
  const { exitCode, report } = await project.flake({ command: [...jest, '--maxWorkers=2'] })
  expect(exitCode).toBe(4)
  expect(report.findings).toMatchObject([
    { test: { key: 'a.test.js > dies' }, verdict: 'infrastructure' },
  ])
  expect(report.totals).toMatchObject({ passed: 2, failed: 1, missing: 0 })
})

test('with Jest in band, a test that ends the process is named, though Jest says that all went well', async () => {
  await using project = await makeProject({
    ...config,
    'a.test.js': `test('one', () => {}); describe('b', () => { test('quits', () => process.exit(0)) })`,
  })
  const { exitCode, report } = await project.flake({ command: [...jest, '--runInBand'] })
  expect(exitCode).toBe(4)
  expect(report.findings).toMatchObject([
    { test: { key: 'a.test.js > b > quits' }, verdict: 'infrastructure' },
  ])
})

test('with Jest, a global setup that throws is a matter of setup', async () => {
  await using project = await makeProject({
    'package.json': '{ "jest": { "testEnvironment": "node", "globalSetup": "./global.js" } }',
    'global.js': `module.exports = () => { throw new Error('no database server') }`,
    'a.test.js': `test('one', () => {})`,
  })
  const { exitCode, report } = await project.flake({ command: jest })
  expect(exitCode).toBe(1)
  expect(report.findings).toMatchObject([{ test: { key: '' }, verdict: 'setup' }])
  expect(report.findings[0]?.evidence[0]?.detail).toMatch(/: no database server$/)
})
