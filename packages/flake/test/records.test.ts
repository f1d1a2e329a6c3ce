import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compareRuns, verifyFix } from '@isolane/flake'
import { readRecord } from '@isolane/record'
import { expect, test } from 'vitest'
import { makeProject, vitest } from './project.ts'

const slow = { timeout: 480_000 }
const command = [...vitest, 'run']

test('shards that were recorded are examined elsewhere, and a fix is verified', slow, async () => {
  await using project = await makeProject({
    'a.test.js': `import { expect, test } from 'vitest'
      const list = []
      test('adds', () => { list.push(1) })
      test('is empty', () => { expect(list).toEqual([]) })`,
    'b.test.js': `import { test } from 'vitest'
      test('other', () => {})`,
  })
  const { dir: cwd } = project
  const codes = new Set<number | undefined>()
  for (const shard of [1, 2]) {
    const out = `records/shard-${shard}.jsonl`
    const recorded = await project.record({ command: [...command, `--shard=${shard}/2`], out })
    codes.add(recorded.exitCode)
  }
  expect(codes).toEqual(new Set([0, 1]))
  const records = [1, 2].map((shard) => readRecord(join(cwd, 'records', `shard-${shard}.jsonl`)))
  const failing = records.find(({ end }) => end?.status === 'failed')
  const passing = records.find(({ end }) => end?.status === 'passed')
  const comparison = compareRuns(failing!, passing!)
  expect(comparison).toMatchObject({ tests: [2, 1], failed: [1, 0], onlyInFirst: [], inBoth: [] })
  expect(comparison.absent.map(({ key, outcomes }) => [key, outcomes])).toEqual([
    ['a.test.js > adds', ['passed', 'absent']],
    ['a.test.js > is empty', ['failed', 'absent']],
    ['b.test.js > other', ['absent', 'passed']],
  ])

  const { report } = await project.flake({ command, from: ['records/*.jsonl'] })
  expect(report.totals).toMatchObject({ tests: 3, failed: 1 })
  expect(report.findings).toMatchObject([
    { test: { key: 'a.test.js > is empty' }, verdict: 'order-dependent' },
  ])

  const options = { test: 'is empty', command, cwd }
  const before = await verifyFix(options)
  expect(before).toMatchObject({ fixed: false, wanted: 3 })
  expect(before.failures).toBeGreaterThan(0)
  const path = join(cwd, 'a.test.js')
  await writeFile(path, (await readFile(path, 'utf8')).replace('list.push(1)', 'list.slice(1)'))
  expect(await verifyFix(options)).toMatchObject({ fixed: true, runs: 3, failures: 0 })
  await expect(verifyFix({ ...options, test: 'nobody' })).rejects.toMatchObject({
    code: 'ISOLANE_OPTION',
    message: expect.stringMatching(
      /^The report knows no test "nobody"; it knows a\.test\.js > is empty\n/,
    ) as string,
  })
  await expect(project.flake({ command, from: ['nothing/*.jsonl'] })).rejects.toMatchObject({
    code: 'ISOLANE_OPTION',
  })
})

test('a fix is verified after the file that spoils the test', slow, async () => {
  await using project = await makeProject({
    'a.test.js': `import { test } from 'vitest'
      test('writes', () => { globalThis.written = true })`,
    'b.test.js': `import { test } from 'vitest'
      test('other', () => {})`,
    'c.test.js': `import { test } from 'vitest'
      test('another', () => {})`,
    'd.test.js': `import { expect, test } from 'vitest'
      test('reads', () => { expect(globalThis.written).toBeUndefined() })`,
    'sort.js': `import { BaseSequencer } from 'vitest/node'
      export default class extends BaseSequencer {
        sort(files) { return [...files].sort((a, b) => (a.moduleId < b.moduleId ? -1 : 1)) }
      }`,
    'vitest.config.js': `import Sequencer from './sort.js'
      export default { test: { isolate: false, maxWorkers: 1, sequence: { sequencer: Sequencer } } }`,
  })
  const { dir: cwd } = project
  const { report } = await project.flake({ command })
  expect(report.findings).toMatchObject([
    {
      test: { key: 'd.test.js > reads' },
      verdict: 'order-dependent',
      culprits: [{ role: 'polluter', key: 'a.test.js > writes' }],
    },
  ])
  const options = { test: 'reads', command, cwd }
  expect(await verifyFix(options)).toMatchObject({ fixed: false, failures: 1 })
  const path = join(cwd, 'a.test.js')
  await writeFile(path, (await readFile(path, 'utf8')).replace('written = true', 'kept = true'))
  expect(await verifyFix(options)).toMatchObject({ fixed: true, failures: 0 })
})

test('with node:test, a victim and a real failure are told apart', slow, async () => {
  await using project = await makeProject({
    'a.test.mjs': `import assert from 'node:assert'
      import { describe, test } from 'node:test'
      const list = []
      describe('list', () => {
        test('adds', () => { list.push(1) })
        test('is empty', () => assert.deepEqual(list, []))
      })
      test('rounds', () => assert.equal(Math.round(2.5), 2))`,
    'b.test.mjs': `import { test } from 'node:test'
      test('other', () => {})`,
  })
  const { exitCode, report } = await project.flake({ command: [process.execPath, '--test'] })
  expect(exitCode).toBe(1)
  expect(report.runner.name).toBe('node:test')
  expect(report.totals).toMatchObject({ tests: 4, failed: 2 })
  expect(report.findings).toMatchObject([
    { test: { key: 'a.test.mjs > rounds' }, verdict: 'consistent' },
    {
      test: { key: 'a.test.mjs > list > is empty' },
      verdict: 'order-dependent',
      culprits: [{ role: 'polluter', key: 'a.test.mjs > list > adds' }],
    },
  ])
})

test('any command is understood by the JUnit files that it writes', slow, async () => {
  await using project = await makeProject({
    // A runner of one's own: it runs the functions of a file, or those that are named.
    'runner.mjs': `import { appendFileSync, writeFileSync } from 'node:fs'
      const tests = { good() {}, bad() { throw new Error('one & "two"') } }
      const names = process.argv.slice(2)
      appendFileSync('MEMORY/runs', names.join() + ';')
      const cases = Object.entries(tests).filter(([name]) => names.length === 0 || names.includes(name)).map(([name, run]) => {
        try { run(); return '<testcase file="t.mjs" name="' + name + '"/>' }
        catch { return '<testcase file="t.mjs" name="' + name + '"><failure message="Error: one &amp; two"/></testcase>' }
      })
      writeFileSync('out.xml', '<testsuite name="own">' + cases.join('') + '</testsuite>')
      process.exitCode = cases.some((one) => one.includes('failure')) ? 1 : 0`,
  })
  const own = [process.execPath, 'runner.mjs']
  const junit = { files: 'out*.xml', rerun: `'${process.execPath}' runner.mjs {name}` }
  const found = [
    {
      test: { key: 't.mjs > bad' },
      verdict: 'consistent',
      first: { error: { name: 'Error', message: 'one & two' } },
    },
  ]
  const { exitCode, report } = await project.flake({ command: own, junit })
  expect(exitCode).toBe(1)
  expect(report.findings).toMatchObject(found)
  const runs = (await readFile(join(project.memory, 'runs'), 'utf8')).split(';')
  expect(runs[0]).toBe('')
  expect(runs.slice(1, -1).every((names) => names === 'bad')).toBe(true)

  const recorded = await project.record({ command: own, out: 'run.jsonl', junit })
  expect(recorded.exitCode).toBe(1)
  const again = await project.flake({ command: own, from: ['run.jsonl'], junit })
  expect(again.report.findings).toMatchObject(found)
})
