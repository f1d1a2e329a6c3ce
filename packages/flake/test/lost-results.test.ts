import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { jest, makeProject, playwright, vitest } from './project.ts'
import type { Project } from './project.ts'

const slow = { timeout: 240_000 }

const junitOf = async ({ dir }: Project): Promise<string> =>
  await readFile(join(dir, '.isolane', 'flake', 'junit.xml'), 'utf8')

test(
  'a runner that dies after a test has failed is told, with what it did not run',
  slow,
  async () => {
    await using project = await makeProject({
      'a.test.js': `import { test } from 'vitest'
      test('fails', () => {
          if (process.env.ISOLANE_RECORD.includes('1-first')) throw new Error('red')
        })`,
      'b.test.js': `import { readFileSync } from 'node:fs'
      import { test } from 'vitest'
      test('ends the runner', { timeout: 60_000 }, async () => {
        const record = process.env.ISOLANE_RECORD
        if (!record.includes('1-first')) return
        while (!readFileSync(record, 'utf8').includes('"outcome":"failed"')) {
          await new Promise((settle) => setTimeout(settle, 10))
        }
        process.kill(process.ppid, 'SIGKILL')
      })`,
    })
    const { exitCode, report } = await project.flake({
      command: [...vitest, 'run', '--maxWorkers=2'],
    })
    expect(exitCode).toBe(4)
    expect(report.totals).toMatchObject({ failed: 1, missing: 1, skipped: 0 })
    const [first, second] = report.findings
    expect(first).toMatchObject({ verdict: 'infrastructure', test: { key: '' } })
    expect(first?.evidence[0]).toMatchObject({
      detail: 'the runner ended with a signal in the middle of its run: 1 test gave no result',
      tests: ['b.test.js > ends the runner'],
    })
    expect(second).toMatchObject({ verdict: 'not-reproduced', test: { key: 'a.test.js > fails' } })
  },
)

test('a file that cannot be loaded is a failed case of junit.xml', slow, async () => {
  await using project = await makeProject({
    'a.test.js': `import { test } from 'vitest'
      test('passes', () => {})`,
    'b.test.js': `import './is-not-there.js'`,
  })
  const { exitCode, report } = await project.flake({ command: [...vitest, 'run'] })
  expect(exitCode).toBe(1)
  expect(report.totals).toMatchObject({ tests: 2, passed: 1, failed: 1 })
  expect(report.tests?.map(({ key, outcome }) => [key, outcome])).toContainEqual([
    'b.test.js',
    'failed',
  ])
  const junit = await junitOf(project)
  expect(junit).toContain('<testsuites name="isolane flake" tests="2" failures="1" errors="0"')
  expect(junit).toMatch(/<testcase name="b\.test\.js"[^>]*>[^]*?<failure /)
})

test('an afterAll that fails in Jest loses no result of its file', slow, async () => {
  await using project = await makeProject({
    'package.json': '{ "jest": { "testEnvironment": "node" } }',
    'a.test.js': `afterAll(() => { throw new Error('cannot close') })
      test('fails', () => { throw new Error('red') })
      test('passes', () => {})`,
    'b.test.js': `afterAll(() => { throw new Error('cannot close either') })
      test('passes', () => {})`,
  })
  const both = await project.flake({ command: [...jest, '--maxWorkers=2'] })
  expect(both.exitCode).toBe(1)
  expect(both.report.totals).toMatchObject({ tests: 3, passed: 2, failed: 1, missing: 0 })
  expect(both.report.findings).toMatchObject([
    { verdict: 'consistent', test: { key: 'a.test.js > fails' } },
  ])
  const alone = await project.flake({ command: [...jest, 'b.test.js'] })
  expect(alone.exitCode).toBe(4)
  expect(alone.report.totals).toMatchObject({ tests: 1, passed: 1 })
  expect(alone.report.findings[0]?.evidence[0]?.detail).toContain('cannot close either')
})

test('what Playwright leaves out on purpose is skipped, and not missing', slow, async () => {
  await using project = await makeProject({
    'playwright.config.js': `export default {
      testDir: '.', workers: 2, reporter: 'line',
      projects: [
        { name: 'setup', testMatch: /auth\\.setup\\.js/ },
        { name: 'web', testMatch: /web\\.spec\\.js/, dependencies: ['setup'] },
      ],
    }`,
    'most.config.js': `export default {
      testDir: '.', testMatch: /most\\.spec\\.js/, workers: 1, reporter: 'line', maxFailures: 1,
    }`,
    'auth.setup.js': `import { test } from '@playwright/test'
      test('signs in', () => { throw new Error('no account') })`,
    'web.spec.js': `import { test } from '@playwright/test'
      test('one', () => {}); test('two', () => {})`,
    'most.spec.js': `import { test } from '@playwright/test'
      test('fails', () => { throw new Error('red') }); test('is left out', () => {})`,
  })
  const command = [...playwright, 'test']
  const dependent = await project.flake({ command })
  expect(dependent.exitCode).toBe(1)
  expect(dependent.report.totals).toMatchObject({ tests: 3, failed: 1, skipped: 2, missing: 0 })
  expect(dependent.report.findings).toMatchObject([
    { verdict: 'consistent', test: { key: '[setup] auth.setup.js > signs in' } },
  ])
  const most = await project.flake({ command: [...command, '--config=most.config.js'] })
  expect(most.exitCode).toBe(1)
  expect(most.report.totals).toMatchObject({ tests: 2, failed: 1, skipped: 1, missing: 0 })
})

const hasPytest = spawnSync('python3', ['-c', 'import pytest']).status === 0

test.runIf(hasPytest)('pytest may be started outside of its rootdir', slow, async () => {
  await using project = await makeProject({
    'services/api/pytest.ini': '[pytest]\n',
    'services/api/tests/test_sums.py':
      'class TestSums:\n    def test_adds(self):\n        assert 1 + 1 == 3\n',
  })
  const { exitCode, report } = await project.flake({
    command: ['python3', '-m', 'pytest', 'services/api'],
  })
  expect(exitCode).toBe(1)
  expect(report.findings).toMatchObject([
    {
      verdict: 'consistent',
      test: { key: 'services/api/tests/test_sums.py > TestSums > test_adds' },
      reproduce: 'python3 -m pytest services/api/tests/test_sums.py::TestSums::test_adds',
    },
  ])
})
