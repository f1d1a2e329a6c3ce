import { isFlaky } from '../verdict/verdict.ts'
import { durationMs, failsRun, failuresIn, findingsByTest, kindOf } from './coverage.ts'
import { errorLine } from './error-line.ts'
import { failed, percent, tally } from './figures.ts'
import { findingName } from './findings.ts'
import { ownStack } from './own-stack.ts'
import type { Finding, FlakeReport } from './schema.ts'
import type { TestView } from './view-schema.ts'

/** Most bytes of `junit.xml`: GitLab reads no larger file. */
const maxJunitBytes = 30_000_000
/** Most cases: GitLab reads no more of them. */
const maxCases = 500_000

const mostReruns = 5
const longest = { attribute: 1000, body: 8000 }

/**
 * The report as JUnit XML with one `<testcase>` a test. What fails the run is a `<failure>`; a flaky test
 * has a `<flakyFailure>` for each failure, a consistent one a `<rerunFailure>` for each time that it failed
 * again. When the limit is near, first the details of the least important go, then tests that passed.
 */
export function junit(report: FlakeReport, limit = maxJunitBytes): string {
  const { tests = [], totals, wallMs, findings } = report
  const covering = findingsByTest(report)
  const files = new Map<string, TestView[]>()
  for (const test of tests) {
    const name = suiteOf(test)
    const members = files.get(name)
    if (members === undefined) files.set(name, [test])
    else members.push(test)
  }
  const room = { bytes: limit - 4000 - files.size * 600, cases: maxCases }
  const runCases = findings
    .filter(({ test }) => test.key === '')
    .map((finding) => take(room, runCase(finding)) ?? '')
  // Those that did not pass first: they must not be what does not fit.
  const cases = new Map<string, string>()
  for (const red of [true, false]) {
    for (const test of tests) {
      if ((test.outcome === 'failed' || test.outcome === 'missing') !== red) continue
      const finding = covering.get(test.key)
      const text =
        take(room, testCase(test, report, finding, true)) ??
        take(room, testCase(test, report, finding, false))
      if (text !== undefined) cases.set(test.key, text)
    }
  }
  const suites = [...files].flatMap(([name, members]) => {
    const shown = members.filter(({ key }) => cases.has(key))
    return shown.length === 0 ? [] : [suite(name, shown, cases, report, covering)]
  })
  const runSuite =
    runCases.length === 0
      ? ''
      : `  <testsuite name="the run" tests="${runCases.length}" failures="0" errors="${runCases.length}" skipped="0">\n${runCases.join('')}  </testsuite>\n`
  const left = tests.length - cases.size
  const counts = countsOf(tests, covering)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    `<testsuites name="isolane flake" tests="${totals.tests}" failures="${counts.failures}" errors="${counts.errors + runCases.length}" skipped="${totals.skipped}" time="${seconds(wallMs.parallel)}">\n`,
    left === 0
      ? ''
      : `  <!-- ${left} tests that passed do not fit here; report.json has them. -->\n`,
    runSuite,
    ...suites,
    '</testsuites>\n',
  ].join('')
}

function take(room: { bytes: number; cases: number }, text: string): string | undefined {
  const bytes = Buffer.byteLength(text)
  if (bytes > room.bytes || room.cases === 0) return undefined
  room.bytes -= bytes
  room.cases -= 1
  return text
}

function suite(
  name: string,
  tests: readonly TestView[],
  cases: ReadonlyMap<string, string>,
  report: FlakeReport,
  covering: ReadonlyMap<string, Finding>,
): string {
  const { failures, errors } = countsOf(tests, covering)
  const skipped = tests.filter(({ outcome }) => outcome === 'skipped').length
  const times = tests.map((test) => durationMs(test, report))
  const startMs = tests[0]?.attempts[0]?.startMs
  const timestamp = startMs === undefined ? '' : ` timestamp="${new Date(startMs).toISOString()}"`
  const time = seconds(times.reduce((sum, ms) => sum + ms, 0))
  return [
    `  <testsuite name="${attribute(name)}" tests="${tests.length}" failures="${failures}" errors="${errors}" skipped="${skipped}" time="${time}"${timestamp}>\n`,
    ...tests.map(({ key }) => cases.get(key) ?? ''),
    '  </testsuite>\n',
  ].join('')
}

function countsOf(
  tests: readonly TestView[],
  covering: ReadonlyMap<string, Finding>,
): { failures: number; errors: number } {
  const fails = ({ key }: TestView): boolean => {
    const finding = covering.get(key)
    return finding === undefined || failsRun(finding)
  }
  return {
    failures: tests.filter((test) => test.outcome === 'failed' && fails(test)).length,
    errors: tests.filter((test) => test.outcome === 'missing' && fails(test)).length,
  }
}

function testCase(
  test: TestView,
  report: FlakeReport,
  finding: Finding | undefined,
  full: boolean,
): string {
  const suiteName = suiteOf(test)
  const line = test.line === undefined ? '' : ` line="${test.line}"`
  const open = `    <testcase name="${attribute(caseName(test))}" classname="${attribute(suiteName)}" file="${attribute(test.file)}"${line} time="${seconds(durationMs(test, report))}"`
  const inside = [
    ...(finding === undefined || !full ? [] : [propertiesOf(finding)]),
    ...bodyOf(test, report, finding, full),
  ]
  return inside.length === 0 ? `${open}/>\n` : `${open}>\n${inside.join('')}    </testcase>\n`
}

function bodyOf(
  test: TestView,
  report: FlakeReport,
  finding: Finding | undefined,
  full: boolean,
): string[] {
  if (test.outcome === 'skipped') return ['      <skipped/>\n']
  if (test.outcome === 'passed') return []
  const fails = finding === undefined || failsRun(finding)
  if (test.outcome === 'missing') {
    const message = finding?.evidence[0]?.detail ?? 'no result came of this test'
    return fails
      ? [`      <error type="missing" message="${attribute(message)}"/>\n`]
      : ['      <skipped/>\n']
  }
  const { first, again } = failuresIn(test, report)
  const own = finding?.test.key === test.key ? finding : undefined
  const message =
    own?.first.error === undefined
      ? (first[0]?.error ?? finding?.evidence[0]?.detail ?? 'failed')
      : errorLine(own.first.error)
  const type = finding === undefined ? 'failure' : kindOf(finding)
  const stack = full ? ownStack(own?.first.error) : ''
  const parts: string[] = []
  if (fails) parts.push(element('failure', type, message, explained(own, stack, full)))
  if (finding === undefined || !full) return parts
  const flaky = isFlaky(finding.verdict)
  const reruns = (flaky ? [...first, ...again] : again).slice(0, mostReruns)
  if (flaky && reruns.length === 0) reruns.push(...first)
  for (const { error, run } of reruns) {
    const arm = report.runs?.[run]?.arm ?? ''
    const where = arm === 'first' ? 'in the run' : `again: ${arm}`
    const text = `${error ?? message} [${where}]`
    const trace = stack === '' ? '' : `<stackTrace>${body(stack)}</stackTrace>`
    parts.push(
      `      <${flaky ? 'flakyFailure' : 'rerunFailure'} message="${attribute(text)}" type="${attribute(type)}">${trace}</${flaky ? 'flakyFailure' : 'rerunFailure'}>\n`,
    )
  }
  return parts
}

// What a reader of the CI's test view sees: first what it is, then the command, then the stack.
function explained(finding: Finding | undefined, stack: string, full: boolean): string {
  if (finding === undefined || !full) return stack
  const { verdict, confidence, arms, culprits, nextSteps, reproduce } = finding
  const lines = [
    `${kindOf(finding)}, ${percent(confidence)} sure`,
    `in parallel: ${failed(arms.parallel)}`,
    `alone: ${failed(arms.alone)}`,
    ...culprits.map(({ role, key }) => `${role}: ${key}`),
    ...nextSteps.map((step) => `- ${step}`),
    `reproduce: ${reproduce}`,
  ]
  return `${verdict === 'infrastructure' ? '' : `${lines.join('\n')}\n\n`}${stack}`
}

function element(name: string, type: string, message: string, text: string): string {
  return `      <${name} message="${attribute(message)}" type="${attribute(type)}">${body(text)}</${name}>\n`
}

function runCase(finding: Finding): string {
  const detail = finding.evidence[0]?.detail ?? 'failed'
  return `    <testcase name="${attribute(findingName(finding))}" classname="isolane" time="0">\n${propertiesOf(finding)}      <error message="${attribute(detail)}" type="${finding.verdict}">${body(ownStack(finding.first.error))}</error>\n    </testcase>\n`
}

function propertiesOf(finding: Finding): string {
  const { verdict, mechanism, cause, confidence, impact, first, culprits, arms, quarantine } =
    finding
  const values: readonly (readonly [string, string | number | undefined])[] = [
    ['verdict', verdict],
    ['mechanism', mechanism],
    ['cause', cause],
    ['confidence', confidence],
    ['impact', impact],
    ['parallel', arms.parallel.runs === 0 ? undefined : tally(arms.parallel)],
    ['alone', arms.alone.runs === 0 ? undefined : tally(arms.alone)],
    ['slot', first.slot],
    ['worker', first.worker],
    ['port', first.port],
    ['culprit', culprits[0]?.key],
    ['quarantine', quarantine?.state],
    ['reproduce', finding.reproduce],
  ]
  const lines = values
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) =>
        `        <property name="isolane.${name}" value="${attribute(String(value))}"/>\n`,
    )
  return `      <properties>\n${lines.join('')}      </properties>\n`
}

function suiteOf({ project, file }: Pick<TestView, 'project' | 'file'>): string {
  return project === '' ? file : `[${project}] ${file}`
}

// GitLab shows the first of several cases of one name only: the key has an ordinal that tells them apart.
function caseName(test: TestView): string {
  const start = `${suiteOf(test)} > `
  return test.key.startsWith(start) ? test.key.slice(start.length) : test.key
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
}

// What XML 1.0 does not allow at all, escaped or not.
const forbidden = /[^\t\n\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

function attribute(text: string): string {
  return clip(text, longest.attribute)
    .replace(forbidden, '')
    .replace(/[&<>"\n\t]/g, (mark) => entities[mark] ?? '')
}

function body(text: string): string {
  return clip(text, longest.body)
    .replace(forbidden, '')
    .replace(/[&<>]/g, (mark) => entities[mark] ?? '')
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length).toWellFormed()}…`
}
