import type { TestRecord } from '@isolane/record'
import { testName } from '../report/names.ts'
import { spanOf } from '../experiment/arms.ts'
import type { Budget } from '../experiment/budget.ts'
import type { Conditions, Lab } from '../experiment/lab.ts'
import { testsOfFile } from '../experiment/neighbours.ts'
import type { Answer } from '../experiment/planner.ts'
import { resultsOf } from '../experiment/observe.ts'
import { rounded } from '../experiment/progress.ts'
import type { Progress } from '../experiment/progress.ts'
import type { Suspect } from '../experiment/suspect.ts'
import { canRepeat, repetitionMs } from '../runners/driver.ts'
import type { ArmName, Driver, SelectedRequest, TestRef, WholeRequest } from '../runners/driver.ts'
import { causeOf } from '../verdict/cause.ts'
import { quiet } from '../verdict/decide.ts'
import type { Sample } from '../verdict/outcomes.ts'
import type { Counts } from '../verdict/statistics.ts'

/** Most choices of tests in one start. */
const mostAtOnce = 8

/** What searches work with. */
export interface SearchOptions {
  readonly lab: Lab
  readonly driver: Driver
  readonly budget: Budget
  readonly progress: Progress
  readonly signal: AbortSignal
  /** Workers of the first run. */
  readonly workers: number
  readonly firstWallMs: number
  readonly serialRecord: TestRecord | undefined
  /** Search on after the first polluter. */
  readonly allPolluters: boolean
  readonly thorough: boolean
  /** From here on nothing is begun that neither the verdict nor who is behind it needs. */
  readonly extrasUntilMs: number
  /** False when one invocation runs everything once only, whatever the driver can. */
  readonly repeats: boolean
  /** How many findings are still searched, in words. */
  readonly left: string
}

/** What a probe gave; failures with another error than the one examined are no result. */
export interface ProbeResult extends Counts {
  readonly samples: readonly Sample[]
  readonly record: TestRecord | undefined
}

/** One finding under examination: runs probes for it while there is time. */
export class Laboratory {
  readonly suspect: Suspect
  readonly member: TestRef
  readonly answer: Answer
  readonly options: SearchOptions
  constructor(suspect: Suspect, answer: Answer, options: SearchOptions) {
    this.suspect = suspect
    this.member = suspect.members[0]
    this.answer = answer
    this.options = options
  }

  /** True when another probe that takes about so long may start. */
  hasTime(expectedMs = 0): boolean {
    return !this.options.signal.aborted && this.options.budget.allows(expectedMs)
  }

  /** True when there is time for what is only good to know beside the verdict and who is behind it. */
  hasTimeForExtra(request: SelectedRequest | WholeRequest): boolean {
    const { budget, extrasUntilMs } = this.options
    return this.hasTime() && budget.spentMs + this.#expected(request) <= extrasUntilMs
  }

  /**
   * Runs a probe; undefined when time is up or the runner gave no result.
   *
   * @param what for the progress line.
   * @param arm counts the results in this arm of the finding too.
   */
  async probe(
    what: string,
    request: SelectedRequest | WholeRequest,
    more: Conditions & { readonly arm?: ArmName } = {},
  ): Promise<ProbeResult | undefined> {
    const { lab, budget, progress, firstWallMs } = this.options
    const { arm, ...conditions } = more
    const expectedMs = this.#expected(request)
    if (!this.hasTime(expectedMs)) return undefined
    const once = request.tests !== undefined && !this.canRepeat(request.tests)
    const wanted = request.tests === undefined ? 1 : request.times
    const time = `about ${rounded(expectedMs)}, ${rounded(budget.leftMs)} left`
    progress.step(`${what} · ${testName(this.member)} · ${this.options.left} · ${time}`)
    const samples: Sample[] = []
    let record: TestRecord | undefined
    for (let done = 0; done < (once ? wanted : 1); done += 1) {
      if (done > 0 && !this.hasTime(expectedMs)) break
      const deadlineMs = 120_000 + 5 * firstWallMs
      const one = once ? { ...request, times: 1 } : request
      const result = await lab.run(slug(what), one, { deadlineMs, ...conditions })
      if (this.options.signal.aborted) return undefined
      record = result.record
      if (record === undefined) continue
      const found = resultsOf(this.suspect, this.member, record)
      if (arm !== undefined) {
        for (const sample of found) this.suspect.add(arm, sample, record)
      }
      samples.push(...found.filter((sample) => !sample.failed || this.isSame(sample)))
    }
    if (samples.length === 0) return undefined
    const failures = samples.filter(({ failed }) => failed).length
    return { runs: samples.length, failures, samples, record }
  }

  /**
   * Runs several choices of tests, each once, and gives what came of each; in one start where the runner can.
   *
   * @param what for the progress line.
   */
  async probeEach(
    what: string,
    [tests = [], ...more]: readonly (readonly TestRef[])[],
    times: number,
  ): Promise<(ProbeResult | undefined)[]> {
    const result = await this.probe(what, { tests, workers: 1, times, more })
    return [tests, ...more].map((_, at) => {
      const samples = (result?.samples ?? []).filter(
        ({ attempt: { repeat } }) => Math.floor(repeat / times) === at,
      )
      if (result === undefined || samples.length === 0) return undefined
      const failures = samples.filter(({ failed }) => failed).length
      return { runs: samples.length, failures, samples, record: result.record }
    })
  }

  /** How many choices of tests one start should run: as many as take about as long as two more starts would. */
  get choicesAtOnce(): number {
    const { driver, repeats } = this.options
    if (!repeats || driver.abilities.batches !== true) return 1
    const { startMs = 1500, durationMs } = this.suspect
    return Math.min(
      mostAtOnce,
      Math.floor((2 * startMs) / (repetitionMs(driver.abilities) + durationMs)),
    )
  }

  /** True when one invocation runs these tests as often as it is asked to. */
  canRepeat(tests: readonly TestRef[]): boolean {
    return this.options.repeats && canRepeat(this.options.driver.abilities, tests)
  }

  // A start, and the tests themselves; how long others take beside it is told by the first run.
  #expected(request: SelectedRequest | WholeRequest): number {
    const { firstWallMs, workers: all } = this.options
    if (request.tests === undefined) return (firstWallMs * all) / (request.workers ?? all)
    const times = request.times * (1 + (request.more?.length ?? 0))
    const starts = this.canRepeat(request.tests) ? 1 : times
    const { startMs = 1500, durationMs } = this.suspect
    const onceMs = Math.max(durationMs, this.#filesMs(request.tests) / (request.workers ?? all))
    return Math.min(starts * startMs + times * (onceMs + 300), times * firstWallMs)
  }

  // What all tests of the files that are asked for as a whole took in the run in which it failed.
  #filesMs(tests: readonly TestRef[]): number {
    const record = this.suspect.trigger?.record
    if (record === undefined) return 0
    const whole = tests.filter(({ titlePath }) => titlePath.length === 0)
    return spanOf(
      record,
      whole.flatMap((file) => testsOfFile(record, file)),
    )
  }

  /** True when a failure is the one that is examined. */
  isSame({ error, timedOut }: Sample): boolean {
    const first = this.suspect.trigger?.sample
    // Who passes by itself every time owes each failure to the others, whatever its words.
    const { verdict } = this.answer.belief
    if (verdict === 'parallel-only' && quiet(this.suspect.counts).failures === 0) return true
    if (first?.error === undefined || error === undefined) return true
    if (first.error.signature === error.signature) return true
    const cause = causeOf(first.error, first.timedOut)
    return cause !== 'unknown'
      ? causeOf(error, timedOut) === cause
      : first.error.name === error.name
  }
}

function slug(text: string): string {
  return text.replaceAll(/[^a-z]+/gi, '-').slice(0, 24)
}
