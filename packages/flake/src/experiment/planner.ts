import type { TestRecord } from '@isolane/record'
import { testName } from '../report/names.ts'
import type { ArmName, Driver, TestRef } from '../runners/driver.ts'
import { contrast, everything, judge, loud, nextStep } from '../verdict/decide.ts'
import type { Judgement, Step } from '../verdict/decide.ts'
import { isSerial } from '../verdict/hints.ts'
import type { Belief } from '../verdict/posterior.ts'
import { holm } from '../verdict/statistics.ts'
import { affordable, armsFor, expectedSerialMs } from './arms.ts'
import type { Arm, ArmFacts } from './arms.ts'
import type { Budget } from './budget.ts'
import { isForSearch } from './for-search.ts'
import type { Lab } from './lab.ts'
import { isBrokenContract, isThrownInSetup, seenOf } from './observe.ts'
import { rounded } from './progress.ts'
import type { Progress } from './progress.ts'
import type { Suspect } from './suspect.ts'
import { Suspects } from './suspects.ts'
import { massFailureOf } from './triage.ts'

/** What the planner works with. */
export interface PlannerOptions {
  readonly driver: Driver
  readonly budget: Budget
  readonly thorough: boolean
  /** True when somebody said how long experiments may take. */
  readonly isBudgetGiven: boolean
  readonly progress: Progress
  readonly signal: AbortSignal
  readonly firstWallMs: number
  /** Workers of the first run; a serial run takes about so much longer. */
  readonly workers: number
  readonly lab: Lab
}

/** What the experiments say of one suspect. */
export interface Answer {
  readonly belief: Belief
  readonly runnerUp: Belief | undefined
  /** Which of the explanations of the verdict it is; undefined where no count chose it. */
  readonly hypothesis: Judgement['hypothesis'] | undefined
  /** False when the budget ended before the rule was satisfied. */
  readonly decided: boolean
}

const nothingKnown = {
  belief: { verdict: 'not-reproduced', confidence: 0.2 },
  runnerUp: undefined,
  hypothesis: undefined,
  decided: false,
} as const satisfies Answer
const seedContract = {
  belief: { verdict: 'setup', confidence: 0.99 },
  runnerUp: { verdict: 'intermittent', confidence: 0.01 },
  hypothesis: undefined,
  decided: true,
} as const satisfies Answer
/** Runs of everything after which a test that cannot be run alone is left undecided. */
const enoughWhole = 9
/** Members of a group that are run alone before they are held to be one matter. */
const mostConfirmed = 4
/** So often others may come first, because what they want is cheaper. */
const patience = 3
/** Runs without a failure after which "not seen again" is an answer, whatever its bound. */
const enoughPasses = { all: 6, loud: 2 }

/**
 * Runs arm after arm until every suspect has its verdict or the budget is spent. Each suspect asks for
 * the arm that tells its likeliest explanations apart at the least cost; the cheapest wish is granted, unless
 * another has been passed over too often, and a run of everything serves all suspects at once.
 */
export class Planner {
  readonly #options: PlannerOptions
  readonly #examined: Suspects
  readonly #stuck = new Map<Suspect, Set<ArmName>>()
  /** How often the wish of a suspect was not the cheapest. */
  readonly #passedOver = new Map<Suspect, number>()
  /** Suspects that still ask for something. */
  #open = Infinity
  #repeats: boolean
  #serialWallMs: number | undefined
  #serialRecord: TestRecord | undefined

  constructor(suspects: readonly Suspect[], known: ReadonlySet<string>, options: PlannerOptions) {
    this.#options = options
    this.#repeats = options.driver.abilities.repeats !== 'nothing'
    this.#examined = new Suspects(suspects, known)
  }

  get suspects(): readonly Suspect[] {
    return this.#examined.all
  }

  /** False when repetitions in one invocation turned out to be one run. */
  get repeats(): boolean {
    return this.#repeats
  }

  /** The record of a serial run of everything, when there was one. */
  get serialRecord(): TestRecord | undefined {
    return this.#serialRecord
  }

  /** Time of a serial run of everything: measured, or as the first run lets expect. */
  get serialMs(): number {
    const [suspect] = this.suspects
    const facts = this.#facts()
    return facts.serialWallMs ?? (suspect === undefined ? 0 : expectedSerialMs(suspect, facts))
  }

  /** What is known of a suspect now. */
  answer(suspect: Suspect): Answer {
    if (isBrokenContract(suspect)) return seedContract
    if (!suspect.wasRun) return nothingKnown
    const step = this.#steps().get(suspect)
    const { belief, runnerUp, hypothesis } =
      step?.need === undefined && step !== undefined ? step : judge(seenOf(suspect))
    const isSetup = belief.verdict === 'consistent' && isThrownInSetup(suspect)
    const runs = everything(suspect.counts)
    const unseen =
      belief.verdict === 'not-reproduced' &&
      runs.failures === 0 &&
      runs.runs >= enoughPasses.all &&
      (loud(suspect.counts).runs >= enoughPasses.loud || this.#options.workers === 1)
    return {
      belief: isSetup ? { ...belief, verdict: 'setup' } : belief,
      runnerUp,
      hypothesis,
      decided: !suspect.isUnselectable && ((step?.need === undefined && step?.decided) || unseen),
    }
  }

  /**
   * Runs until nothing is open, the budget is spent or the signal is aborted.
   *
   * @param isLast false: a search is still to come, and gets its share of the budget.
   */
  async run(isLast: boolean): Promise<void> {
    while (!this.#options.signal.aborted) {
      const wishes = [...this.#steps()].flatMap(([suspect, step]) => {
        const arm = step.need === undefined ? undefined : this.#arms(suspect).get(step.need)
        const isLeft = !isLast && isForSearch(suspect)
        return arm === undefined || isLeft ? [] : [{ suspect, arm }]
      })
      this.#open = wishes.length
      if (wishes.length === 0) return
      const longest = wishes.filter(
        ({ suspect }) => (this.#passedOver.get(suspect) ?? 0) >= patience,
      )
      const granted = cheapest(longest.length > 0 ? longest : wishes, ({ arm }) => arm.priceMs)
      for (const { suspect } of wishes) {
        this.#passedOver.set(suspect, (this.#passedOver.get(suspect) ?? 0) + 1)
      }
      this.#passedOver.delete(granted.suspect)
      await this.#grant(granted.suspect, granted.arm)
    }
  }

  #facts(): ArmFacts {
    const { driver, budget, thorough, workers, firstWallMs } = this.#options
    const serialWallMs = this.#serialWallMs
    const sharing = Math.max(1, Math.min(this.#open, this.suspects.length))
    const repeats = this.#repeats
    const starts = this.suspects.flatMap(({ startMs }) => startMs ?? [])
    const startMs = starts.length === 0 ? undefined : Math.min(...starts)
    const walls = { firstWallMs, serialWallMs, startMs }
    return { driver, budget, thorough, workers, repeats, ...walls, sharing }
  }

  #arms(suspect: Suspect): Map<ArmName, Arm> {
    const arms = armsFor(suspect, this.#facts())
    for (const name of this.#stuck.get(suspect) ?? []) arms.delete(name)
    return arms
  }

  #steps(): Map<Suspect, Step> {
    const counted = this.suspects.map((suspect) => ({ suspect, p: contrast(suspect.counts) }))
    const tried = counted.filter(({ suspect }) => loud(suspect.counts).runs > 0)
    const adjusted = holm(tried.map(({ p }) => p))
    const values = new Map(tried.map(({ suspect }, at) => [suspect, adjusted[at] ?? 1]))
    return new Map(
      this.suspects.map((suspect) => [suspect, this.#step(suspect, values.get(suspect) ?? 1)]),
    )
  }

  #step(suspect: Suspect, p: number): Step {
    if (isBrokenContract(suspect)) {
      const { belief, runnerUp } = seedContract
      return { need: undefined, decided: true, belief, runnerUp, hypothesis: 'consistent' }
    }
    if (suspect.isUnselectable && everything(suspect.counts).runs >= enoughWhole) {
      return { need: undefined, decided: false, ...judge(seenOf(suspect)) }
    }
    const { trigger } = suspect
    const prices = affordable(suspect, this.#arms(suspect), this.#options)
    const step = nextStep(
      {
        ...seenOf(suspect),
        sameError: suspect.sameError,
        prices,
        firstWasSerial: suspect.kind === 'test' && this.#options.workers === 1,
        seenSerially:
          this.#options.workers > 1 && trigger !== undefined && isSerial(trigger.record),
        repeats: this.#repeats,
        // Who is behind it was shown beside a control of its own: that was one question and not many.
        findings: hasCulprit(suspect) ? 1 : Math.max(1, this.suspects.length),
      },
      p,
    )
    // What shares an error with a defect may be another matter.
    if (step.need !== undefined || suspect.kind !== 'test' || suspect.members.length < 2)
      return step
    const isDefect = step.belief.verdict === 'consistent'
    const mayBeOther = suspect.isUnconfirmed(isDefect, mostConfirmed)
    return mayBeOther && prices.has('alone') ? { need: 'alone' } : step
  }

  async #grant(suspect: Suspect, arm: Arm): Promise<void> {
    const { lab, progress, signal } = this.#options
    const test = suspect.nextMember
    const { request } = arm
    const { times = 1 } = request
    const what =
      request.tests === undefined ? 'the whole command' : describe(suspect, test, arm.name)
    this.#say(`${arm.name}${times > 1 ? ` ×${times}` : ''}`, what, arm.wallMs)
    const deadlineMs = (request.tests === undefined ? 120_000 : 60_000) + 5 * arm.wallMs
    const result = await lab.run(arm.name, request, { deadlineMs, ...arm.conditions })
    if (signal.aborted) return
    const { record } = result
    if (arm.name === 'serial') this.#serialWallMs = result.wallMs
    const mass = record === undefined || request.tests ? undefined : massFailureOf(record)
    if (mass !== undefined) progress.note(`${mass.detail}: this run counts for nothing`)
    const added =
      record === undefined || mass ? 0 : this.#examined.count(suspect, arm, record, result)
    // Where workers are shared, the runner has done it once only.
    if (times > 1 && added === 1) this.#repeats = false
    if (arm.name === 'alone') {
      if (added === 0) suspect.addNothing()
      else if (record !== undefined) noteStart(suspect, result.wallMs, record)
      if (suspect.isUnselectable && suspect.total('alone').runs === 0) {
        progress.note(`${testName(test)} gave no result when it was run alone`)
      }
      this.#examined.split(suspect)
      return
    }
    // What gave nothing would be tried for ever.
    if (added === 0) this.#give(suspect, arm.name)
    else if (record !== undefined && request.tests === undefined) {
      if (arm.name === 'serial') this.#serialRecord = record
      this.#examined.welcome(record, result.name)
    }
  }

  #give(suspect: Suspect, arm: ArmName): void {
    const arms = this.#stuck.get(suspect) ?? new Set()
    this.#stuck.set(suspect, arms.add(arm))
  }

  #say(arm: string, what: string, wallMs: number): void {
    const { budget, progress } = this.#options
    const open = [...this.#steps().values()].filter(({ need }) => need !== undefined).length
    const left = `${open} of ${this.suspects.length} open`
    const time = `about ${rounded(wallMs)}, ${rounded(budget.leftMs)} left`
    progress.step(`${arm.padEnd(9)} ${what} · ${left} · ${time}`)
  }
}

function hasCulprit({ insight }: Suspect): boolean {
  return insight !== undefined && insight.culprits.length > 0
}

function noteStart(suspect: Suspect, wallMs: number, { attempts }: TestRecord): void {
  const from = Math.min(...attempts.map(({ startMs }) => startMs))
  const to = Math.max(...attempts.map(({ endMs }) => endMs))
  const startMs = Math.max(100, wallMs - Math.max(0, to - from))
  suspect.startMs = Math.min(suspect.startMs ?? Infinity, startMs)
}

function cheapest<T>(items: readonly T[], cost: (item: T) => number): T {
  return items.reduce((least, item) => (cost(item) < cost(least) ? item : least))
}

function describe(suspect: Suspect, test: TestRef, arm: ArmName): string {
  const { runs, failures } = suspect.countsOf(test.key, arm)
  return runs === 0 ? testName(test) : `${testName(test)} (${failures} of ${runs} failed so far)`
}
