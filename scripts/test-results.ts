import { readFileSync } from 'node:fs'
import { sep } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** How many tests of a suite ended in which way. */
export interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** What one suite of the repository came to. */
export interface SuiteResult {
  name: string
  counts: Counts
  /** The failed tests, each with its file and the first line of its error. */
  failures: string[]
  /** Failures that belong to no test, one sentence each; every one counts as a failed test. */
  problems: string[]
}

/** The part of Vitest's JSON report that is read here. */
interface VitestReport {
  testResults: {
    name: string
    status: string
    message?: string
    assertionResults: { status: string; fullName: string; failureMessages?: string[] }[]
  }[]
}

/** The part of Playwright's JSON report that is read here. */
interface PlaywrightReport {
  suites?: PlaywrightSuite[]
  stats: { expected: number; unexpected: number; flaky: number; skipped: number }
  errors: { message?: string }[]
}

interface PlaywrightSuite {
  suites?: PlaywrightSuite[]
  specs?: {
    title: string
    file: string
    tests: { status: string; results: { error?: { message?: string } }[] }[]
  }[]
}

/**
 * Reads the JSON report of a Vitest run in which several suites may have run, each below a folder of
 * its own.
 *
 * @param folders suite name to absolute folder
 */
export function readVitest(
  file: string,
  folders: Readonly<Record<string, string>>,
  exitCode: number,
): SuiteResult[] {
  const report = readReport(file) as VitestReport | undefined
  const results = Object.entries(folders).map(([name, folder]): SuiteResult => {
    const files = (report?.testResults ?? []).filter((test) => isBelow(test.name, folder))
    const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
    const result: SuiteResult = { name, counts, failures: [], problems: [] }
    for (const test of files) {
      for (const { status, fullName, failureMessages = [] } of test.assertionResults) {
        counts[outcomeOf(status)] += 1
        if (status === 'failed') {
          result.failures.push(`${test.name} > ${fullName}: ${firstLine(failureMessages[0])}`)
        }
      }
      const failedTests = test.assertionResults.some(({ status }) => status === 'failed')
      if (test.status === 'failed' && !failedTests) {
        result.problems.push(`${test.name} failed outside its tests.`)
      }
    }
    return result
  })
  return judge(results, report !== undefined, exitCode)
}

/** Reads the JSON report of a Playwright run. A test that passes only on a retry has failed. */
export function readPlaywright(file: string, name: string, exitCode: number): SuiteResult[] {
  const report = readReport(file) as PlaywrightReport | undefined
  const { expected = 0, unexpected = 0, flaky = 0, skipped = 0 } = report?.stats ?? {}
  const result: SuiteResult = {
    name,
    counts: { passed: expected, failed: unexpected + flaky, skipped },
    failures: (report?.suites ?? []).flatMap(failuresIn),
    problems: (report?.errors ?? []).map(({ message }) => firstLine(message)),
  }
  return judge([result], report !== undefined, exitCode)
}

/**
 * Counts expected verdicts: all are met when the comparison ended with exit code 0. Which are not, it has printed itself.
 *
 * @param expected the file of expected verdicts
 */
export function readVerdicts(expected: string, name: string, exitCode: number): SuiteResult {
  const { length } = (JSON.parse(readFileSync(expected, 'utf8')) as { expected: unknown[] })
    .expected
  return {
    name,
    counts: { passed: exitCode === 0 ? length : 0, failed: 0, skipped: 0 },
    failures: [],
    problems:
      exitCode === 0 ? [] : [`The verdicts differ from the expected ones (exit code ${exitCode}).`],
  }
}

/** The number of failures, those outside of tests included. */
export function failedCount(results: readonly SuiteResult[]): number {
  return sum(results, ({ counts, problems }) => counts.failed + problems.length)
}

/** The last line of a test run: the counts of all suites together. */
export function closingLine(results: readonly SuiteResult[]): string {
  const passed = sum(results, ({ counts }) => counts.passed)
  const skipped = sum(results, ({ counts }) => counts.skipped)
  const line = `${passed} passed, ${failedCount(results)} failed`
  return skipped === 0 ? line : `${line}, ${skipped} skipped`
}

// A suite without tests has proved nothing, and an exit code that no test explains is a failure.
function judge(results: SuiteResult[], reported: boolean, exitCode: number): SuiteResult[] {
  const first = results[0]
  if (!reported) {
    first?.problems.push(`The run left no report (exit code ${exitCode}).`)
    return results
  }
  for (const { counts, problems } of results) {
    if (counts.passed + counts.failed === 0 && problems.length === 0) {
      problems.push('No test ran.')
    }
  }
  if (exitCode !== 0 && failedCount(results) === 0) {
    first?.problems.push(`Every test passed, yet the run ended with exit code ${exitCode}.`)
  }
  return results
}

function failuresIn({ suites = [], specs = [] }: PlaywrightSuite): string[] {
  const own = specs
    .filter(({ tests }) =>
      tests.some(({ status }) => status === 'unexpected' || status === 'flaky'),
    )
    .map(({ file, title, tests }) => {
      const errors = tests.flatMap(({ results }) => results.map(({ error }) => error?.message))
      return `${file} > ${title}: ${firstLine(errors.find((message) => message !== undefined))}`
    })
  return [...suites.flatMap(failuresIn), ...own]
}

function firstLine(message = 'no message'): string {
  return stripVTControlCharacters(message).split('\n', 1)[0] ?? ''
}

function outcomeOf(status: string): keyof Counts {
  if (status === 'passed') return 'passed'
  return status === 'failed' ? 'failed' : 'skipped'
}

function isBelow(file: string, folder: string): boolean {
  return file.replaceAll('\\', '/').startsWith(`${folder.replaceAll(sep, '/')}/`)
}

function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown
  } catch {
    return undefined
  }
}

function sum(results: readonly SuiteResult[], count: (result: SuiteResult) => number): number {
  return results.reduce((total, result) => total + count(result), 0)
}
