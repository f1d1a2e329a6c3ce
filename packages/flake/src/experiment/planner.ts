import type { TestRecord } from '@isolane/record'
import { testName } from '../report/names.ts'
import type { ArmPaths, Driver, Invocation, TestRef } from '../runners/driver.ts'
import { isSeedContract } from '../verdict/cause.ts'
import { bestGuess, contrast, nextStep } from '../verdict/decide.ts'
import type { Step } from '../verdict/decide.ts'
import type { Belief } from '../verdict/posterior.ts'
import { samplesOf } from '../verdict/outcomes.ts'
import type { Sample } from '../verdict/outcomes.ts'
import { holm } from '../verdict/statistics.ts'
import type { Budget } from './budget.ts'
import type { Progress } from './progress.ts'
import type { ArmResult } from './run-arm.ts'
import type { Suspect } from './suspect.ts'
import { loadSamples, massFailureOf, suspectsOf } from './triage.ts'

/** What the planner works with. */
export interface PlannerOptions {
  readonly driver: Driver
  readonly budget: Budget
  readonly thorough: boolean
  readonly progress: Progress
  readonly signal: AbortSignal
  readonly firstWallMs: number
  /** Workers of the first run; a serial run takes about so much longer. */
  readonly workers: number
  /** Runs one arm. `kind` becomes part of the names of its files. */
  readonly run: (
    kind: string,
    invocation: (paths: ArmPaths) => Invocation,
    deadlineMs: number,
  ) => Promise<ArmResult>
}

/** What the experiments say of one suspect. */
export interface Answer {
  readonly belief: Belief
  readonly runnerUp: Belief | undefined
  /** False when the budget ended before the rule was satisfied. */
  readonly decided: boolean
}

const directly = 0.99
const nothingKnown = {
  belief: { verdict: 'not-reproduced', confidence: 0.2 },
  runnerUp: undefined,
} as const satisfies Omit<Answer, 'decided'>

/**
 * Runs arm after arm until every suspect has its verdict or the budget is spent. Runs alone come first,
 * because they are cheap; a parallel or serial run of everything then serves all suspects at once.
 */
export class Planner {
  readonly #options: PlannerOptions
  readonly #suspects: Suspect[]
  readonly #known: Set<string>
  readonly #stuck = new Set<Suspect>()
  readonly #wallAlone = new Map<Suspect, number>()
  #wallSerial: number
  #serialRecord: TestRecord | undefined

  constructor(suspects: readonly Suspect[], known: ReadonlySet<string>, options: PlannerOptions) {
    this.#options = options
    this.#suspects = [...suspects]
    this.#known = new Set([...known, ...suspects.flatMap(keysOf)])
    this.#wallSerial = options.firstWallMs * options.workers
  }

  get suspects(): readonly Suspect[] {
    return this.#suspects
  }

  /** The record of a serial run of everything, when there was one. */
  get serialRecord(): TestRecord | undefined {
    return this.#serialRecord
  }

  /** What is known of a suspect now. */
  answer(suspect: Suspect): Answer {
    const step = this.#steps().get(suspect)
    const decided = step?.need === 'nothing' && !suspect.isUnselectable
    if (step?.need !== 'nothing' && !suspect.wasRun) return { ...nothingKnown, decided }
    const { belief, runnerUp } =
      step?.need === 'nothing' ? step : bestGuess(suspect.counts, contrast(suspect.counts))
    const isSetup = suspect.kind === 'setup' && belief.verdict === 'consistent'
    return {
      belief: isSetup ? { ...belief, verdict: 'setup' } : belief,
      runnerUp,
      decided,
    }
  }

  /** Runs until nothing is open, the budget is spent or the signal is aborted. */
  async run(): Promise<void> {
    const { signal } = this.#options
    while (!signal.aborted) {
      const steps = this.#steps()
      const open = [...steps].filter(
        ([suspect, step]) => step.need !== 'nothing' && this.#may(suspect),
      )
      if (open.length === 0) return
      const wants = (need: Step['need']): Suspect[] =>
        open.filter(([, step]) => step.need === need).map(([suspect]) => suspect)
      const alone = wants('alone').filter((one) => this.#fits(one))
      if (alone.length > 0) await this.#alone(cheapest(alone, (one) => this.#aloneWall(one)))
      else if (wants('parallel').length > 0 && this.#mayRunWhole()) await this.#parallel()
      else if (wants('serial').length > 0 && this.#mayRunSerial()) await this.#serial()
      else return
    }
  }

  #steps(): Map<Suspect, Step> {
    const counted = this.#suspects.map((suspect) => ({ suspect, p: contrast(suspect.counts) }))
    const tried = counted.filter(({ suspect }) => suspect.counts.parallel.runs > 0)
    const adjusted = holm(tried.map(({ p }) => p))
    const values = new Map(tried.map(({ suspect }, at) => [suspect, adjusted[at] ?? 1]))
    return new Map(this.#suspects.map((suspect) => [suspect, this.#step(suspect, values)]))
  }

  #step(suspect: Suspect, values: ReadonlyMap<Suspect, number>): Step {
    const error = suspect.trigger?.sample.error
    if (suspect.kind === 'setup' && error !== undefined && isSeedContract(error)) {
      const belief: Belief = { verdict: 'setup', confidence: directly }
      return { need: 'nothing', belief, runnerUp: { verdict: 'intermittent', confidence: 0.01 } }
    }
    const seen = {
      ...suspect.counts,
      sameError: suspect.sameError,
      aloneSpent: suspect.aloneSpent(this.#options.thorough),
    }
    return nextStep(seen, values.get(suspect) ?? 1)
  }

  #may(suspect: Suspect): boolean {
    return !this.#stuck.has(suspect)
  }

  #fits(suspect: Suspect): boolean {
    const first = suspect.counts.alone.runs === 0
    return this.#options.budget.allows(first ? 0 : this.#aloneWall(suspect))
  }

  #mayRunWhole(): boolean {
    const { budget, firstWallMs } = this.#options
    const first = this.#suspects.every(({ counts }) => counts.parallel.runs === 0)
    return budget.allows(first && firstWallMs <= budget.limitMs * 2 ? 0 : firstWallMs)
  }

  #mayRunSerial(): boolean {
    const first =
      this.#serialRecord === undefined && this.#wallSerial <= this.#options.budget.limitMs
    return this.#options.budget.allows(first ? 0 : this.#wallSerial)
  }

  #aloneWall(suspect: Suspect): number {
    return (
      this.#wallAlone.get(suspect) ?? Math.min(this.#options.firstWallMs, suspect.durationMs + 2000)
    )
  }

  async #alone(suspect: Suspect): Promise<void> {
    const { driver } = this.#options
    const test = suspect.nextMember
    const times = driver.repeatsAlone ? batch(suspect) : 1
    this.#say(`alone${times > 1 ? ` ×${times}` : ''}`, describe(suspect, test))
    const deadlineMs = 60_000 + Math.max(60_000, 4 * times * suspect.durationMs)
    const result = await this.#run('alone', (paths) => driver.alone(test, times, paths), deadlineMs)
    this.#wallAlone.set(suspect, result.wallMs)
    if (this.#options.signal.aborted) return
    const samples = result.record === undefined ? [] : resultsOf(suspect, test, result.record)
    for (const sample of samples) {
      if (result.record !== undefined) suspect.add('alone', sample, result.record)
    }
    if (samples.length === 0) suspect.addNothing()
    if (suspect.isUnselectable && suspect.counts.alone.runs === 0) {
      this.#stuck.add(suspect)
      this.#options.progress.note(`${testName(test)} gave no result when it was run alone`)
    }
    const parts = suspect.split()
    if (parts !== undefined) {
      this.#suspects.splice(this.#suspects.indexOf(suspect), 1, ...parts)
    }
  }

  async #parallel(): Promise<void> {
    const { driver, firstWallMs } = this.#options
    this.#say('parallel', 'the whole command')
    const deadlineMs = 120_000 + 5 * firstWallMs
    const result = await this.#run('parallel', (paths) => driver.parallel(paths), deadlineMs)
    const { record } = result
    if (record === undefined || this.#options.signal.aborted) return this.#noResult()
    const mass = massFailureOf(record)
    if (mass !== undefined) {
      this.#options.progress.note(`${mass.detail}: this run counts for nothing`)
      return this.#noResult()
    }
    const fresh = suspectsOf(record, result.name, this.#known)
    this.#count('parallel', record)
    for (const suspect of fresh) {
      this.#suspects.push(suspect)
      for (const key of keysOf(suspect)) this.#known.add(key)
    }
  }

  async #serial(): Promise<void> {
    this.#say('serial', 'the whole command on one worker')
    const deadlineMs = 120_000 + 5 * this.#wallSerial
    const { driver } = this.#options
    const result = await this.#run('serial', (paths) => driver.serial(paths), deadlineMs)
    this.#wallSerial = result.wallMs
    const { record } = result
    if (record === undefined || this.#options.signal.aborted) return this.#noResult()
    if (massFailureOf(record) !== undefined) return this.#noResult()
    this.#serialRecord = record
    this.#count('serial', record)
  }

  #count(arm: 'parallel' | 'serial', record: TestRecord): void {
    for (const suspect of this.#suspects) {
      for (const member of suspect.members) {
        const results = resultsOf(suspect, member, record)
        for (const sample of results) suspect.add(arm, sample, record)
      }
    }
  }

  // A whole run that gave nothing would be tried for ever.
  #noResult(): void {
    for (const [suspect, step] of this.#steps()) {
      if (step.need === 'parallel' || step.need === 'serial') this.#stuck.add(suspect)
    }
  }

  async #run(
    kind: string,
    invocation: (paths: ArmPaths) => Invocation,
    deadlineMs: number,
  ): Promise<ArmResult> {
    return this.#options.run(kind, invocation, deadlineMs)
  }

  #say(arm: string, what: string): void {
    const { budget, progress } = this.#options
    const open = [...this.#steps().values()].filter(({ need }) => need !== 'nothing').length
    const time = `${seconds(budget.spentMs)} of ${seconds(budget.limitMs)}`
    progress.step(`${arm.padEnd(9)} ${what} · ${open} of ${this.#suspects.length} open · ${time}`)
  }
}

/** The results of one member in a record of an arm. */
export function resultsOf(suspect: Suspect, test: TestRef, record: TestRecord): Sample[] {
  if (suspect.kind !== 'load') {
    return samplesOf(record).filter(({ key }) => key === test.key)
  }
  const failed = loadSamples(record).filter(({ key }) => key === test.key)
  if (failed.length > 0) return failed
  const loaded = samplesOf(record).find(
    ({ attempt }) => attempt.file === test.file && attempt.project === test.project,
  )
  return loaded === undefined
    ? []
    : [{ ...loaded, key: test.key, failed: false, timedOut: false, error: undefined }]
}

function keysOf(suspect: Suspect): string[] {
  return suspect.members.map(({ key }) => key)
}

// Three tell a consistent failure; then what is left to nine straight passes. After one failure among
// passes the next failure decides.
function batch(suspect: Suspect): number {
  const { runs, failures } = suspect.counts.alone
  const slow = suspect.durationMs >= 10_000
  if (runs < 3) return 3 - runs
  if (slow) return 1
  return failures > 0 ? 2 : Math.max(1, Math.min(6, 9 - runs))
}

function cheapest<T>(items: readonly T[], cost: (item: T) => number): T {
  return items.reduce((least, item) => (cost(item) < cost(least) ? item : least))
}

function describe(suspect: Suspect, test: TestRef): string {
  const { runs, failures } = suspect.countsOf(test.key, 'alone')
  return runs === 0 ? testName(test) : `${testName(test)} (${failures} of ${runs} failed so far)`
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}
