import { availableParallelism } from 'node:os'
import { Budget, defaultBudgetMs } from './experiment/budget.ts'
import { investigate } from './experiment/investigate.ts'
import { resultsOf } from './experiment/observe.ts'
import type { Progress } from './experiment/progress.ts'
import { openRealLab } from './experiment/real-lab.ts'
import type { Sandboxed } from './experiment/real-lab.ts'
import type { ArmResult } from './experiment/run-arm.ts'
import type { Suspect } from './experiment/suspect.ts'
import { suspectsOf } from './experiment/triage.ts'
import { differences } from './expect.ts'
import type { Expectations } from './expect.ts'
import { readQuarantine } from './quarantine/file.ts'
import { completeReport } from './report/complete.ts'
import { findingsOf } from './report/findings.ts'
import { massFinding, troubleOf } from './report/infrastructure.ts'
import { reportFormat } from './report/schema.ts'
import type { Finding, FlakeReport } from './report/schema.ts'
import { capacityOf, totalsOf } from './report/totals.ts'
import { writeReport } from './report/write.ts'
import type { ReportPaths } from './report/write.ts'
import { recordedRuns } from './records.ts'
import type { JUnitOptions } from './runners/junit/any-command.ts'
import { recognise } from './runners/recognise.ts'
import { exitCodes } from './verdict/exit-code.ts'
import type { Verdict } from './verdict/verdict.ts'

/** What {@link flake} is asked to do. */
export interface FlakeOptions {
  /** The test command, word by word. */
  readonly command: readonly string[]
  /** Directory of the command; `.isolane/flake` is made in it. Default: the current one. */
  readonly cwd?: string
  /** How a command of no known runner is understood: by the JUnit XML that it writes. */
  readonly junit?: JUnitOptions
  /** Records, paths or globs, that take the place of the first runs. */
  readonly from?: readonly string[]
  /** How often the command runs as it is before the experiments. Default 1. */
  readonly runs?: number
  /** Time for the experiments. Default: a fifth of the first run, from 30 s to 5 min. */
  readonly budgetMs?: number
  /** Half an hour of experiments, and no limit on how often a slow test runs alone. */
  readonly thorough?: boolean
  /** Goes on where a stopped examination of the same command ended, if no test file changed since. */
  readonly resume?: boolean
  /** Searches on for more polluters of a test when one was found. */
  readonly allPolluters?: boolean
  /**
   * The command is ended, and the tests that ran are named, when nothing was heard of them for so long, for five times
   * the longest test, and for twice what the runner allows them. Default: 60 s. Infinity: never.
   */
  readonly hangAfterMs?: number
  /** Verdicts that fail the run. Default: all. */
  readonly failOn?: ReadonlySet<Verdict>
  /** The quarantine file, from `cwd`. Default: `isolane.quarantine.json` when it is there. */
  readonly quarantineFile?: string
  /** Expected verdicts: then the exit code says whether they were met. */
  readonly expectations?: Expectations
  /**
   * How every test worker of a command gets a sandbox; asked for when a search wants it. Without it, or
   * when it gives undefined, no arm is isolated.
   */
  readonly sandbox?: () => Promise<Sandboxed | undefined>
  /** Gets the output of the first runs. */
  readonly echo?: NodeJS.WritableStream
  /** True when `echo` shows colours. */
  readonly color?: boolean
  readonly progress?: Progress
  /** Stops the running child with all that it started; what is known is still reported. */
  readonly signal?: AbortSignal
}

/** What came of it. */
export interface FlakeResult {
  readonly exitCode: number
  readonly report: FlakeReport
  readonly paths: ReportPaths
  /** How the findings differ from the expectations; undefined without expectations. */
  readonly differences: readonly string[] | undefined
}

const thoroughMs = 30 * 60_000
const quiet: Progress = { step: () => {}, note: () => {} }

/**
 * Runs a test command as it is, finds out by experiment why tests fail, and writes the reports into
 * `.isolane/flake`.
 *
 * @throws `ISOLANE_OPTION` when the command is of no supported runner, `ISOLANE_COMMAND` when it cannot
 * be started, `ISOLANE_RECORD` when a record cannot be read, or nothing written.
 *
 * @example
 * const { report } = await flake({ command: ['npx', 'vitest', 'run'] })
 * for (const { test, verdict } of report.findings) console.log(test.key, verdict)
 */
export async function flake(options: FlakeOptions): Promise<FlakeResult> {
  const { cwd = process.cwd(), runs = 1, progress = quiet, hangAfterMs = 60_000 } = options
  const signal = options.signal ?? new AbortController().signal
  const driver = recognise(options.command, cwd, options.junit)
  const quarantine = readQuarantine(cwd, options.quarantineFile)
  const { resume, sandbox } = options
  const labOptions = { driver, command: options.command, cwd, progress, signal, resume, sandbox }
  await using lab = await openRealLab(labOptions)

  // 1. The command as it is.
  const firsts = options.from === undefined ? [] : recordedRuns(options.from, cwd)
  for (let run = 1; run <= runs && options.from === undefined && !signal.aborted; run += 1) {
    if (runs > 1) progress.step(`run ${run} of ${runs}: ${options.command.join(' ')}`)
    const { echo, color } = options
    firsts.push(await lab.first({ echo, color, hangAfterMs }))
  }
  for (const { name, record } of options.from === undefined ? [] : firsts) {
    if (record?.end === undefined) {
      progress.note(`${name} breaks off: the run that it is of did not come to its end`)
    }
  }
  const ran = lab.results.length
  const [first] = firsts
  const wholeWallMs = Math.max(...firsts.map(({ wallMs }) => wallMs), 1)
  const workers = first?.record?.header.workers ?? availableParallelism()
  const records = firsts.flatMap(({ record }) => (record === undefined ? [] : [record]))
  await lab.follow(options.from === undefined ? records.slice(0, 1) : records, workers)

  // 2. What the machine did, before any test is blamed.
  const findings: Finding[] = []
  const explained = new Set<string>()
  const trustworthy: ArmResult[] = []
  const budget = new Budget(
    options.thorough === true ? thoroughMs : (options.budgetMs ?? defaultBudgetMs(wholeWallMs)),
  )
  for (const result of signal.aborted ? [] : firsts) {
    const trouble = troubleOf(result, driver)
    findings.push(...trouble.findings)
    for (const key of trouble.explained) explained.add(key)
    if (trouble.mass === undefined) {
      trustworthy.push(result)
      continue
    }
    progress.note(`${trouble.mass.detail}: running once more before any test is blamed`)
    const again = await lab.run('parallel', {}, { deadlineMs: 120_000 + 5 * wholeWallMs })
    const repeated = again.record === undefined || troubleOf(again, driver).mass !== undefined
    const outcome = repeated ? 'so it was when run again' : 'not so when run again'
    findings.push(massFinding(trouble.mass, outcome, result, driver))
    if (!repeated) trustworthy.push(again)
  }
  if (signal.aborted) trustworthy.push(...firsts)

  // 3. What failed, and why.
  const suspects = collectSuspects(trustworthy, explained)
  const planner = await investigate(suspects, explained, {
    driver,
    budget,
    thorough: options.thorough === true,
    isBudgetGiven: options.budgetMs !== undefined,
    allPolluters: options.allPolluters === true,
    progress,
    signal,
    firstWallMs: wholeWallMs,
    workers,
    lab,
  })
  const context = { driver, workers, wholeWallMs, serialRecord: planner.serialRecord }
  const judged = findings.map((finding) => ({ finding, decided: true }))
  for (const suspect of planner.suspects) {
    const answer = planner.answer(suspect)
    for (const finding of findingsOf(suspect, answer, context)) {
      judged.push({ finding, decided: answer.decided })
    }
  }
  judged.sort((a, b) => gravity(a.finding) - gravity(b.finding))

  // 4. The report.
  const all = judged.map(({ finding }) => finding)
  const mismatches =
    options.expectations === undefined ? undefined : differences(options.expectations, all)
  const draft: FlakeReport = {
    format: reportFormat,
    command: [...options.command],
    runner: { name: driver.runner, version: first?.record?.header.runner.version ?? 'unknown' },
    capacity: capacityOf(firsts, workers),
    totals: totalsOf(firsts),
    wallMs: {
      parallel: Math.round(first?.wallMs ?? 0),
      experiments:
        suspects.length === 0 && lab.results.length === ran ? 0 : Math.round(budget.spentMs),
    },
    exitCode: exitCodes.clean,
    findings: all,
  }
  const report = await completeReport(draft, {
    cwd,
    firsts,
    arms: lab.results.filter((result) => !firsts.includes(result)),
    decided: judged.map(({ decided }) => decided),
    quarantine,
    failOn: options.failOn,
    exitCode: signal.aborted
      ? exitCodes.interrupted
      : mismatches === undefined
        ? undefined
        : Math.min(1, mismatches.length),
    progress,
  })
  const paths = await writeReport(report, lab.home)
  if (!signal.aborted) lab.end()
  for (const warning of first?.record?.warnings ?? []) progress.note(warning.message)
  return { exitCode: report.exitCode, report, paths, differences: mismatches }
}

// Later runs count in the parallel arm of what failed before them, and may bring new suspects.
function collectSuspects(results: readonly ArmResult[], explained: ReadonlySet<string>): Suspect[] {
  const suspects: Suspect[] = []
  const known = new Set(explained)
  for (const { record, name } of results) {
    if (record === undefined) continue
    const fresh = suspectsOf(record, name, known)
    for (const suspect of suspects) {
      for (const member of suspect.members) {
        for (const sample of resultsOf(suspect, member, record)) {
          suspect.add('parallel', sample, record)
        }
      }
    }
    for (const suspect of fresh) {
      if (!suspects.some((one) => one.join(suspect))) suspects.push(suspect)
      for (const { key } of suspect.members) known.add(key)
    }
  }
  return suspects
}

const order: readonly Verdict[] = [
  'infrastructure',
  'setup',
  'consistent',
  'parallel-only',
  'order-dependent',
  'serial-only',
  'intermittent',
  'not-reproduced',
]

function gravity({ verdict }: Finding): number {
  return order.indexOf(verdict)
}
