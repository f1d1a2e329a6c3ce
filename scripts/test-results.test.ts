import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closingLine, readPlaywright, readVerdicts, readVitest } from './test-results.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'isolane-test-results-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function report(content: unknown): string {
  const file = join(folder, 'report.json')
  writeFileSync(file, JSON.stringify(content))
  return file
}

function vitestFile(name: string, statuses: string[], status = 'passed') {
  const assertionResults = statuses.map((outcome) => ({
    status: outcome,
    fullName: `a ${outcome} test`,
    failureMessages: outcome === 'failed' ? ['Error: \u001b[31mred\u001b[39m\n    at a line'] : [],
  }))
  return { name, status, assertionResults }
}

const folders = { core: '/repo/packages/core', record: '/repo/packages/record' }

test('tests are counted under the suite in whose folder their file lies', () => {
  const file = report({
    testResults: [
      vitestFile('/repo/packages/core/test/a.test.ts', ['passed', 'failed', 'skipped'], 'failed'),
      vitestFile('/repo/packages/record/src/b.test.ts', ['passed', 'todo', 'pending']),
    ],
  })

  const results = readVitest(file, folders, 1)

  expect(results).toEqual([
    {
      name: 'core',
      counts: { passed: 1, failed: 1, skipped: 1 },
      failures: ['/repo/packages/core/test/a.test.ts > a failed test: Error: red'],
      problems: [],
    },
    { name: 'record', counts: { passed: 1, failed: 0, skipped: 2 }, failures: [], problems: [] },
  ])
  expect(closingLine(results)).toBe('2 passed, 1 failed, 3 skipped')
})

test('a suite in which no test ran is a failure', () => {
  const file = report({ testResults: [vitestFile('/repo/packages/core/a.test.ts', ['passed'])] })

  const results = readVitest(file, folders, 0)

  expect(results[1]?.problems).toEqual(['No test ran.'])
  expect(closingLine(results)).toBe('1 passed, 1 failed')
})

test('a file that cannot be loaded is a failure', () => {
  const file = report({
    testResults: [
      vitestFile('/repo/packages/core/a.test.ts', [], 'failed'),
      vitestFile('/repo/packages/record/b.test.ts', ['passed']),
    ],
  })

  const results = readVitest(file, folders, 1)

  expect(results[0]?.problems).toEqual(['/repo/packages/core/a.test.ts failed outside its tests.'])
  expect(closingLine(results)).toBe('1 passed, 1 failed')
})

test('an exit code that no test explains is a failure', () => {
  const file = report({ testResults: [vitestFile('/repo/packages/core/a.test.ts', ['passed'])] })

  const results = readVitest(file, { core: '/repo/packages/core' }, 7)

  expect(results[0]?.problems).toEqual(['Every test passed, yet the run ended with exit code 7.'])
})

test('a run without a report is a failure', () => {
  const results = readVitest(join(folder, 'missing.json'), folders, 0)

  expect(results[0]?.problems).toEqual(['The run left no report (exit code 0).'])
  expect(closingLine(results)).toBe('0 passed, 1 failed')
})

test('a Playwright test that passes only on a retry counts as failed', () => {
  const spec = (title: string, status: string, message?: string) => ({
    title,
    file: 'login.spec.ts',
    tests: [{ status, results: [{}, message === undefined ? {} : { error: { message } }] }],
  })
  const file = report({
    suites: [
      {
        specs: [spec('expected', 'expected')],
        suites: [
          { specs: [spec('fails', 'unexpected', 'Error: no\n  there'), spec('flaky', 'flaky')] },
        ],
      },
    ],
    stats: { expected: 20, unexpected: 1, flaky: 2, skipped: 1 },
    errors: [{ message: 'global setup failed\n    at line 1' }],
  })

  const results = readPlaywright(file, 'browser', 1)

  expect(results).toEqual([
    {
      name: 'browser',
      counts: { passed: 20, failed: 3, skipped: 1 },
      failures: ['login.spec.ts > fails: Error: no', 'login.spec.ts > flaky: no message'],
      problems: ['global setup failed'],
    },
  ])
  expect(closingLine(results)).toBe('20 passed, 4 failed, 1 skipped')
})

test('expected verdicts count when all are met, and fail as one when they are not', () => {
  const file = report({ expected: [{}, {}, {}] })
  expect(closingLine([readVerdicts(file, 'flaky', 0)])).toBe('3 passed, 0 failed')
  const missed = readVerdicts(file, 'flaky', 1)
  expect(missed.problems).toEqual(['The verdicts differ from the expected ones (exit code 1).'])
  expect(closingLine([missed])).toBe('0 passed, 1 failed')
})
