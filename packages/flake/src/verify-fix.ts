import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IsolaneError } from '@isolane/record'
import { isNamed } from './expect.ts'
import { openRealLab } from './experiment/real-lab.ts'
import type { Progress } from './experiment/progress.ts'
import { reportSchema } from './report/schema.ts'
import type { Finding } from './report/schema.ts'
import type { ArmRequest, TestRef } from './runners/driver.ts'
import type { JUnitOptions } from './runners/junit/any-command.ts'
import { recognise } from './runners/recognise.ts'
import { shrunkRate } from './search/repeats.ts'
import { samplesOf } from './verdict/outcomes.ts'
import { upperBound } from './verdict/statistics.ts'
import type { Counts } from './verdict/statistics.ts'

/** What {@link verifyFix} is asked to do. */
export interface VerifyOptions {
  /** Name of the test: its key, its titles joined with ` > `, or the end of its file, `::` and those. */
  readonly test: string
  readonly command: readonly string[]
  readonly cwd?: string
  readonly progress?: Progress
  readonly junit?: JUnitOptions
  readonly signal?: AbortSignal
}

/** What came of it. */
export interface VerifyResult extends Counts {
  readonly finding: Finding
  /** Runs that the old rate asks for: so many passes happen by luck in 5 of 100 cases. */
  readonly wanted: number
  /** How often it failed before, from 0 to 1. */
  readonly oldRate: number
  /** True when all of them passed. */
  readonly fixed: boolean
  /** The rate is below it with 95 % certainty. */
  readonly upperBound: number
}

const quiet: Progress = { step: () => {}, note: () => {} }
const luck = 0.05
const most = 300
const batch = 10

/**
 * Runs a test that was found flaky where it failed most, as often as its old rate asks for, and stops at
 * the first failure.
 *
 * @throws `ISOLANE_OPTION` when `.isolane/flake/report.json` is missing, or knows no such test.
 */
export async function verifyFix(options: VerifyOptions): Promise<VerifyResult> {
  const { test, command, cwd = process.cwd(), progress = quiet } = options
  const signal = options.signal ?? new AbortController().signal
  const finding = findingOf(test, cwd)
  const driver = recognise(command, cwd, options.junit)
  const { rate, request } = worstOf(finding)
  const wanted = Math.min(most, Math.max(3, Math.ceil(Math.log(luck) / Math.log(1 - rate))))
  await using lab = await openRealLab({ driver, command, cwd, progress, signal })
  let [runs, failures] = [0, 0]
  let empty = 0
  while (runs < wanted && failures === 0 && empty < 2 && !signal.aborted) {
    progress.step(`${runs} of ${wanted} runs passed · ${finding.test.key}`)
    const times = driver.abilities.repeats !== 'nothing' ? Math.min(batch, wanted - runs) : 1
    const arm = request.tests === undefined ? request : { ...request, times }
    const { record } = await lab.run('verify', arm, { deadlineMs: 600_000 })
    const samples = record === undefined ? [] : samplesOf(record)
    const own = samples.filter(({ key }) => key === finding.test.key)
    empty = own.length === 0 ? empty + 1 : 0
    runs += own.length
    failures += own.filter(({ failed }) => failed).length
  }
  lab.end()
  if (runs === 0 && !signal.aborted) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `The command gave no result of ${finding.test.key}`,
      hint: 'give the command that the report was made with, and check that the test still has its name.',
      details: { test: finding.test.key },
    })
  }
  const fixed = failures === 0 && runs >= wanted
  const counts = { runs, failures }
  return { finding, wanted, oldRate: rate, ...counts, fixed, upperBound: upperBound(counts) }
}

function findingOf(test: string, cwd: string): Finding {
  const path = join(cwd, '.isolane', 'flake', 'report.json')
  const report = existsSync(path)
    ? reportSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data
    : undefined
  const findings = report?.findings ?? []
  const finding = findings.find((one) => isNamed(one, test))
  if (finding !== undefined) return finding
  const known = findings.flatMap(({ test: { key } }) => (key === '' ? [] : [key])).slice(0, 5)
  throw new IsolaneError('ISOLANE_OPTION', {
    message:
      report === undefined
        ? `There is no report to verify a fix against: ${path}`
        : `The report knows no test ${JSON.stringify(test)}; ${known.length === 0 ? 'none failed in it' : `it knows ${known.join(', ')}`}`,
    hint: 'isolane flake -- <test command> makes the report; do that before the fix.',
    details: { test, path },
  })
}

// The arm in which it failed most, and its culprits beside or before it.
function worstOf({ test, verdict, arms, culprits }: Finding): {
  rate: number
  request: ArmRequest
} {
  const ref: TestRef = { ...test, line: test.line }
  const file: TestRef = { ...ref, titlePath: [] }
  const [culprit] = culprits
  const alone: ArmRequest = { tests: [ref], workers: 1, times: 1 }
  if (verdict === 'order-dependent') {
    const failing = culprit?.role === 'polluter' ? culprit.with : undefined
    if (failing === undefined) return { rate: rateOf(arms.alone), request: alone }
    const others = culprits.map(({ key }) => fileIn(key)).filter((one) => one.file !== file.file)
    const inOrder = [...new Map(others.map((one) => [one.key, one])).values(), file]
    const seen = others.length === 0 ? [arms.file, failing] : [failing]
    return { rate: rateOf(...seen), request: { tests: inOrder, workers: 1, times: 1 } }
  }
  if (verdict === 'parallel-only' || (arms.alone.failures === 0 && arms.parallel.failures > 0)) {
    return { rate: rateOf(arms.parallel, arms['co-run']), request: {} }
  }
  return { rate: rateOf(arms.alone), request: alone }
}

// The file that a key names, with its project.
function fileIn(key: string): TestRef {
  const [, project = '', file = key] = /^(?:\[([^\]]*)\] )?(.+?)(?: > |$)/.exec(key) ?? []
  return { key: file, project, file, titlePath: [] }
}

function rateOf(...counts: readonly (Counts | undefined)[]): number {
  const seen = counts.filter((one) => one !== undefined && one.runs > 0)
  const runs = seen.reduce((sum, one) => sum + (one?.runs ?? 0), 0)
  const failures = seen.reduce((sum, one) => sum + (one?.failures ?? 0), 0)
  return Math.max(0.01, failures === 0 ? 1 / (runs + 2) : shrunkRate({ runs, failures }))
}
