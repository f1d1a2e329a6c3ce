import { isFlaky } from '../verdict/verdict.ts'
import { durationMs, failsRun, failuresIn, findingsByTest, kindOf } from './coverage.ts'
import { errorLine } from './error-line.ts'
import type { Finding, FlakeReport } from './schema.ts'
import type { TestView } from './view-schema.ts'

/** Version of the Common Test Report Format that is written. */
const specVersion = '0.0.0'

type Status = 'passed' | 'failed' | 'skipped' | 'pending' | 'other'

const statuses: Readonly<Record<TestView['outcome'], Status>> = {
  passed: 'passed',
  failed: 'failed',
  skipped: 'skipped',
  missing: 'other',
}

const mostAttempts = 50

/** The report in the Common Test Report Format (https://ctrf.io). */
export function ctrf(report: FlakeReport): string {
  const { tests = [], runner, wallMs, runs = [], commit, findings, history } = report
  const covering = findingsByTest(report)
  const rates = new Map(history?.tests.map((test) => [test.key, test]) ?? [])
  const all = tests.map((test) => testOf(test, report, covering.get(test.key), rates.get(test.key)))
  const number = (status: Status): number => all.filter((test) => test.status === status).length
  const start = runs[0]?.startMs ?? Date.parse(report.startedAt ?? '') ?? 0
  const document = {
    reportFormat: 'CTRF',
    specVersion,
    generatedBy: 'isolane',
    ...(report.startedAt === undefined ? {} : { timestamp: report.startedAt }),
    results: {
      tool: { name: runner.name, version: runner.version },
      summary: {
        tests: all.length,
        passed: number('passed'),
        failed: number('failed'),
        skipped: number('skipped'),
        pending: number('pending'),
        other: number('other'),
        flaky: all.filter(({ flaky }) => flaky === true).length,
        suites: new Set(tests.map(({ file }) => file)).size,
        start: whole(start),
        stop: whole(start + wallMs.parallel + wallMs.experiments),
        duration: whole(wallMs.parallel),
      },
      tests: all,
      environment: {
        ...(commit === undefined ? {} : { commit }),
        healthy: !findings.some(({ verdict }) => verdict === 'infrastructure'),
        extra: { capacity: report.capacity },
      },
      extra: { isolane: { exitCode: report.exitCode, command: report.command } },
    },
  }
  return `${JSON.stringify(document)}\n`
}

type HistoryTest = NonNullable<FlakeReport['history']>['tests'][number]

function testOf(
  test: TestView,
  report: FlakeReport,
  finding: Finding | undefined,
  known: HistoryTest | undefined,
) {
  const { file, project, titlePath, line, attempts, outcome, key } = test
  const passes = outcome === 'failed' && finding !== undefined && !failsRun(finding)
  const status: Status = passes ? 'passed' : statuses[outcome]
  const { first, again } = failuresIn(test, report)
  const own = finding?.test.key === key ? finding : undefined
  const error = own?.first.error
  const message = error === undefined ? first[0]?.error : errorLine(error)
  const trace = error?.stack
  const start = attempts[0]?.startMs
  const stop = attempts.findLast(({ run }) => report.runs?.[run]?.arm === 'first')?.endMs
  const flaky = finding !== undefined && isFlaky(finding.verdict) && own !== undefined
  const worker = attempts[0]?.worker
  return {
    testId: key,
    name: titlePath.length === 0 ? file : titlePath.join(' > '),
    status,
    duration: whole(durationMs(test, report)),
    ...(start === undefined ? {} : { start: whole(start) }),
    ...(stop === undefined ? {} : { stop: whole(stop) }),
    suite: [...(project === '' ? [] : [project]), file, ...titlePath.slice(0, -1)],
    filePath: file,
    ...(line === undefined ? {} : { line }),
    ...(message === undefined ? {} : { message }),
    ...(trace === undefined ? {} : { trace }),
    ...(worker === undefined ? {} : { threadId: worker }),
    ...(finding === undefined ? {} : { rawStatus: kindOf(finding), labels: labelsOf(finding) }),
    ...(flaky ? { flaky: true } : {}),
    ...(own === undefined || attempts.length < 2
      ? {}
      : { retries: attempts.length - 1, retryAttempts: attemptsOf(test, report) }),
    ...(known === undefined || known.rate.runs === 0
      ? {}
      : {
          insights: {
            failRate: { current: known.rate.failures / known.rate.runs },
            executedInRuns: known.rate.runs,
          },
        }),
    ...(own === undefined
      ? {}
      : {
          extra: {
            isolane: {
              arms: own.arms,
              culprits: own.culprits,
              nextSteps: own.nextSteps,
              reproduce: own.reproduce,
              failedAgain: again.length,
            },
          },
        }),
  }
}

function attemptsOf({ attempts }: TestView, { runs = [] }: FlakeReport) {
  return attempts.slice(0, mostAttempts).map(({ outcome, startMs, endMs, error, run }, at) => ({
    attempt: at + 1,
    status: statusOf(outcome),
    duration: whole(endMs - startMs),
    start: whole(startMs),
    stop: whole(endMs),
    ...(error === undefined ? {} : { message: error }),
    extra: { arm: runs[run]?.arm ?? 'unknown', run: run + 1 },
  }))
}

function statusOf(outcome: TestView['attempts'][number]['outcome']): Status {
  if (outcome === 'passed' || outcome === 'skipped') return outcome
  return outcome === 'interrupted' ? 'other' : 'failed'
}

function labelsOf(finding: Finding): Record<string, string | number | boolean> {
  const { verdict, mechanism, cause, confidence, impact, quarantine } = finding
  return {
    verdict,
    ...(mechanism === undefined ? {} : { mechanism }),
    cause,
    confidence,
    impact,
    failsRun: failsRun(finding),
    ...(quarantine === undefined ? {} : { quarantine: quarantine.state }),
  }
}

function whole(number: number): number {
  return Number.isFinite(number) ? Math.max(0, Math.round(number)) : 0
}
