import type { TestRecord } from '@isolane/record'
import { armNames } from '../runners/driver.ts'
import type { ArmName, TestRef } from '../runners/driver.ts'
import type { Insight } from '../search/insight.ts'
import { isQuiet } from '../verdict/decide.ts'
import { noCounts } from '../verdict/statistics.ts'
import type { Counts } from '../verdict/statistics.ts'
import type { ArmCounts } from '../verdict/posterior.ts'
import type { Sample } from '../verdict/outcomes.ts'
import { mostRunsAlone } from './budget.ts'

/** The failure that put a test under suspicion. It counts in no arm: it was chosen because it failed. */
export interface Trigger {
  readonly sample: Sample
  readonly record: TestRecord
  /** Name of the run it was seen in. */
  readonly run: string
}

/** One result of a member in an arm, with the run it comes from. */
export interface Seen {
  readonly arm: ArmName
  readonly sample: Sample
  readonly record: TestRecord
  /** True when it waited too long while others kept the machine busy. */
  readonly disturbed: boolean
}

/** Runs alone of each of two members after which one that fails and one that passes are no longer one. */
export const enoughToSplit = 2

/** What of the machine others may use before a test that waits too long may have waited for them. */
const busyWithOthers = 0.35
/** So many times longer a test may take on a busy machine, and pass all the same. */
const margin = 3

/** `setup`: a hook failed and took the members along; `load`: a file could not be loaded. */
export type SuspectKind = 'test' | 'setup' | 'load'

/** Tests that failed with one error, examined together; mostly there is only one. */
export class Suspect {
  readonly kind: SuspectKind
  /** What its members have in common; undefined for parts of a group that was none. */
  readonly group: string | undefined
  /** What a search found beyond the verdict. */
  insight: Insight | undefined
  /** Measured: what a run alone takes beside the test itself. */
  startMs: number | undefined
  readonly #members: [TestRef, ...TestRef[]]
  readonly #triggers: Map<string, Trigger>
  /** Keys of members that passed before they failed for the first time. */
  readonly #joined = new Set<string>()
  readonly #seen: Seen[] = []
  #unselected = 0

  constructor(
    kind: SuspectKind,
    members: readonly [TestRef, ...TestRef[]],
    triggers: ReadonlyMap<string, Trigger>,
    group?: string,
  ) {
    this.kind = kind
    this.group = group
    this.#members = [...members]
    this.#triggers = new Map(triggers)
  }

  get members(): readonly [TestRef, ...TestRef[]] {
    return this.#members
  }

  get triggers(): ReadonlyMap<string, Trigger> {
    return this.#triggers
  }

  /** Takes in tests that failed with the same error in a later run, if they are such. */
  join(late: Suspect): boolean {
    if (this.kind !== 'test' || late.kind !== 'test' || this.group === undefined) return false
    if (this.group !== late.group) return false
    this.#members.push(...late.members)
    for (const [key, trigger] of late.triggers) {
      this.#triggers.set(key, trigger)
      this.#joined.add(key)
    }
    return true
  }

  /** The failure by which the first member came under suspicion. */
  get trigger(): Trigger | undefined {
    return this.triggers.get(this.members[0].key) ?? [...this.triggers.values()][0]
  }

  get seen(): readonly Seen[] {
    return this.#seen
  }

  /** True when a member was run again at all. */
  get wasRun(): boolean {
    return this.#seen.length > 0
  }

  /** Counts a result of a member. */
  add(arm: ArmName, sample: Sample, record: TestRecord, foreignLoad = 0): void {
    const disturbed = sample.timedOut && isQuiet(arm) && foreignLoad > busyWithOthers
    this.#seen.push({ arm, sample, record, disturbed })
    if (arm === 'alone') this.#unselected = 0
  }

  /** Notes that a run alone gave no result of the test. */
  addNothing(): void {
    this.#unselected += 1
  }

  /** True when the test could not be run alone: twice in a row there was no result. */
  get isUnselectable(): boolean {
    return this.#unselected >= 2
  }

  /** The counts of one member in one arm. */
  countsOf(key: string, arm: ArmName): Counts {
    return this.#tally((one) => one.arm === arm && one.sample.key === key)
  }

  /** The counts of all members together in one arm. */
  total(arm: ArmName): Counts {
    return this.#tally((one) => one.arm === arm)
  }

  /** The counts of all members together, for every arm that ran. */
  get counts(): ArmCounts {
    const arms = armNames.map((arm) => [arm, this.total(arm)] as const)
    return Object.fromEntries(arms.filter(([, { runs }]) => runs > 0))
  }

  /**
   * Failures with nothing beside them that do not count: the machine was busy with others, and where it
   * passes, it does so with little time to spare.
   */
  get disturbed(): readonly Seen[] {
    const passed = this.#seen.filter(({ arm, sample }) => isQuiet(arm) && !sample.failed)
    if (passed.length < 2) return []
    const longest = Math.max(...passed.map(({ sample }) => sample.durationMs))
    return this.#seen.filter(
      ({ disturbed, sample }) => disturbed && longest * margin >= sample.durationMs,
    )
  }

  #tally(belongs: (one: Seen) => boolean): Counts {
    const disturbed = new Set(this.disturbed)
    const samples = this.#seen.filter((one) => belongs(one) && !disturbed.has(one))
    if (samples.length === 0) return noCounts
    return { runs: samples.length, failures: samples.filter(({ sample }) => sample.failed).length }
  }

  /** True when no more runs alone are worth their time. */
  aloneSpent(thorough: boolean): boolean {
    if (this.isUnselectable) return true
    const most = mostRunsAlone(this.durationMs, thorough)
    return this.total('alone').runs >= most * Math.min(3, this.members.length)
  }

  /** True when all failures alone carry one signature. */
  get sameError(): boolean {
    const signatures = new Map<string, Set<string>>()
    for (const { arm, sample } of this.#seen) {
      if (arm !== 'alone' || !sample.failed) continue
      const known = signatures.get(sample.key) ?? new Set()
      signatures.set(sample.key, known.add(sample.error?.signature ?? ''))
    }
    return [...signatures.values()].every(({ size }) => size <= 1)
  }

  /** How long the test takes alone, or else took when it failed. */
  get durationMs(): number {
    const alone = this.#seen.filter(({ arm }) => arm === 'alone')
    const known = alone.map(({ sample }) => sample.durationMs).sort((a, b) => a - b)
    return known[known.length >> 1] ?? this.trigger?.sample.durationMs ?? 0
  }

  /**
   * True when one of the first members was never run alone, though it may be another matter than the
   * group: a defect that is none, or a defect among tests that fail sometimes.
   */
  isUnconfirmed(isDefect: boolean, members: number): boolean {
    const passed = new Set(this.#seen.flatMap(({ sample }) => (sample.failed ? [] : [sample.key])))
    return this.members
      .slice(0, members)
      .filter(({ key }) => isDefect || !(passed.has(key) || this.#joined.has(key)))
      .some(({ key }) => this.countsOf(key, 'alone').runs === 0)
  }

  /** The member that was run alone least often. */
  get nextMember(): TestRef {
    return this.members.reduce((least, member) =>
      this.countsOf(member.key, 'alone').runs < this.countsOf(least.key, 'alone').runs
        ? member
        : least,
    )
  }

  /**
   * The members one by one, with what was seen of each, when they turn out to be different defects: one
   * only fails alone and another only passes. Undefined when they belong together.
   */
  split(): Suspect[] | undefined {
    const alone = this.members
      .map(({ key }) => this.countsOf(key, 'alone'))
      .filter(({ runs }) => runs >= enoughToSplit)
    const fails = alone.some(({ runs, failures }) => failures === runs)
    const passes = alone.some(({ failures }) => failures === 0)
    if (this.kind !== 'test' || !fails || !passes) return undefined
    return this.members.map((member) => {
      const trigger = this.triggers.get(member.key)
      const triggers = new Map(trigger === undefined ? [] : [[member.key, trigger]])
      const part = new Suspect(this.kind, [member], triggers)
      for (const one of this.#seen) {
        if (one.sample.key === member.key) part.#seen.push(one)
      }
      return part
    })
  }
}
