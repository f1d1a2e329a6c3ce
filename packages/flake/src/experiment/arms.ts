import type { TestRecord } from '@isolane/record'
import { canRepeat, repetitionMs } from '../runners/driver.ts'
import type { ArmName, ArmRequest, Driver, TestRef } from '../runners/driver.ts'
import { mostRunsAlone, slowMs } from './budget.ts'
import type { Budget } from './budget.ts'
import type { Conditions } from './lab.ts'
import { before, beside, fileRef, fileRuns, testsOfFile } from './neighbours.ts'
import { seenOf } from './observe.ts'
import { enoughToSplit } from './suspect.ts'
import type { Suspect } from './suspect.ts'
import { causeOf } from '../verdict/cause.ts'
import { consistentAfter, judge } from '../verdict/decide.ts'
import type { Sample } from '../verdict/outcomes.ts'

/** An arm that can be run for a suspect. */
export interface Arm {
  readonly name: ArmName
  readonly conditions?: Conditions
  readonly request: ArmRequest
  /** What one run of it costs about, start included. */
  readonly priceMs: number
  /** What all its repetitions take about. */
  readonly wallMs: number
}

/** What the prices depend on. */
export interface ArmFacts {
  readonly driver: Driver
  readonly budget: Budget
  readonly thorough: boolean
  /** Workers of the first run. */
  readonly workers: number
  /** One invocation can run a file several times. */
  readonly repeats: boolean
  readonly firstWallMs: number
  /** Measured: time of the last serial run of everything. */
  readonly serialWallMs: number | undefined
  /** Measured with another suspect: what a run takes beside its tests. */
  readonly startMs: number | undefined
  /** Suspects that a run of everything tells what they ask for. */
  readonly sharing: number
}

/** Most runs of everything in one start. */
const mostWholeRuns = 4

/** The arms that can be run for a suspect, dear ones included. */
export function armsFor(suspect: Suspect, facts: ArmFacts): Map<ArmName, Arm> {
  const { driver, workers } = facts
  const { abilities } = driver
  const arms = new Map<ArmName, Arm>()
  const add = (name: ArmName, request: ArmRequest, wallMs: number, shared = 1): void => {
    const times = request.times ?? 1
    arms.set(name, { name, request, wallMs, priceMs: wallMs / times / shared })
  }
  const startMs = startOf(suspect, facts)
  const againMs = repetitionMs(abilities)
  const trigger = suspect.trigger
  const record = trigger?.record
  const member = suspect.nextMember

  if (!suspect.aloneSpent(facts.thorough)) {
    const times = facts.repeats ? repetitions(suspect, startMs, facts) : 1
    const ownMs = suspect.durationMs + (facts.repeats ? againMs : 0)
    add('alone', { tests: [member], workers: 1, times }, startMs + times * ownMs)
    // Who waits too long beside others may be short of nothing but time.
    if (workers > 1 && isTimeout(trigger?.sample)) {
      const wallMs = 2 * startMs + times * 2 * ownMs
      const conditions = { busy: 2 * workers }
      const request = { tests: [member], workers: 1, times }
      arms.set('stressed', {
        name: 'stressed',
        request,
        wallMs,
        priceMs: wallMs / times,
        conditions,
      })
    }
  }
  const serialMs = facts.serialWallMs ?? expectedSerialMs(suspect, facts)
  const files = record === undefined ? [] : fileRuns(record)
  const names = new Set(files.map(({ project, file }) => JSON.stringify([project, file])))
  const alone = suspect.total('alone')
  const failsAlone = alone.runs > 0 && alone.failures === alone.runs

  if (record !== undefined && suspect.kind === 'test') {
    const mates = testsOfFile(record, member)
    const others = mates.filter(({ key }) => key !== member.key)
    const isLast = mates.at(-1)?.key === member.key
    const fileMs = mates.length === 0 ? 0 : spanOf(record, mates)
    if (mates.length > 1) {
      const times = facts.repeats && fileMs < 3000 ? 2 : 1
      const file = { tests: [fileRef(member)], workers: 1, times }
      add('file', file, startMs + times * (fileMs + againMs))
      // Of what fails alone, mostly no other test of the file is the reason: one run says so.
      const runs = failsAlone ? 1 : times
      if (abilities.reorders && !isLast) {
        const request = { tests: [...others, member], workers: 1, times: runs }
        add('reordered', request, startMs + runs * (fileMs + againMs))
      } else if (isSpread(record, member)) {
        // Its tests ran side by side; one after another, those before it come before it.
        add('reordered', { ...file, times: runs }, startMs + runs * (fileMs + againMs))
      }
    }
    const sample = trigger?.sample.attempt
    const own = fileRef(member)
    if (sample !== undefined && names.size > 1) {
      const earlier = failsAlone
        ? abilities.ordersFiles
          ? files.filter(({ file, project }) => file !== member.file || project !== member.project)
          : []
        : before(record, sample)
      const share = Math.min(1, (earlier.length + 1) / names.size)
      if (earlier.length > 0) {
        // What fails alone may need one of the others: they all come before it, wherever they are.
        const rest = failsAlone && abilities.reorders && !isLast ? [...others, member] : [own]
        const tests = [...unique(earlier.map(fileRef)), ...rest]
        add('prefix', { tests, workers: 1, times: 1 }, startMs + share * serialMs)
      }
      const around = beside(record, sample)
      const few = around.length > 0 && around.length + 1 <= names.size * 0.6
      if (few && workers > 1 && abilities.scales) {
        const tests = unique([own, ...around.map(fileRef)])
        const times = facts.repeats && canRepeat(abilities, tests) ? 2 : 1
        const longest = Math.max(fileMs, ...around.map(({ startMs: a, endMs: b }) => b - a))
        const wallMs = startMs + times * (2 * longest + againMs)
        if (wallMs / times < facts.firstWallMs) add('co-run', { tests, workers, times }, wallMs)
      }
    }
  }
  const canSpread = names.size > 1 && abilities.scales
  if (workers > 1) {
    const times = wholeRuns(suspect, startMs, facts)
    const moreMs = (times - 1) * (againMs + spanOfAll(record))
    add('parallel', times > 1 ? { times } : {}, facts.firstWallMs + moreMs, facts.sharing)
    if (canSpread) add('serial', { workers: 1 }, serialMs, facts.sharing)
  } else {
    // The command itself runs one test after another.
    add('serial', {}, facts.serialWallMs ?? facts.firstWallMs, facts.sharing)
    if (canSpread) add('parallel', { workers: 2 }, facts.firstWallMs, facts.sharing)
  }
  return arms
}

// Who was not seen to fail again yet is waited for: several runs a start, while they are short beside it.
function wholeRuns(suspect: Suspect, startMs: number, facts: ArmFacts): number {
  const { runs, failures } = suspect.total('parallel')
  const batches = facts.repeats && facts.driver.abilities.batches === true
  if (!batches || runs === 0 || failures > 0) return 1
  const onceMs = repetitionMs(facts.driver.abilities) + spanOfAll(suspect.trigger?.record)
  return Math.max(1, Math.min(mostWholeRuns, Math.floor((2 * startMs) / onceMs)))
}

function spanOfAll(record: TestRecord | undefined): number {
  const runs = record === undefined ? [] : fileRuns(record)
  const from = Math.min(...runs.map(({ startMs }) => startMs))
  const to = Math.max(...runs.map(({ endMs }) => endMs))
  return runs.length === 0 ? 0 : to - from
}

/** The prices of the arms that fit into what is left of the budget. */
export function affordable(
  suspect: Suspect,
  arms: ReadonlyMap<ArmName, Arm>,
  { budget, firstWallMs }: Pick<ArmFacts, 'budget' | 'firstWallMs'>,
): Map<ArmName, number> {
  const { alone, parallel, serial } = suspect.counts
  const failsAlone = alone !== undefined && alone.failures === alone.runs
  const prices = new Map<ArmName, number>()
  for (const { name, priceMs, wallMs } of arms.values()) {
    const isFirst =
      (name === 'alone' && alone === undefined) ||
      (name === 'parallel' && parallel === undefined && firstWallMs <= budget.limitMs * 2) ||
      (name === 'serial' && serial === undefined && wallMs <= budget.limitMs)
    // A test that fails alone is mostly a plain defect: no fortune is spent on the exception.
    const isDear = name === 'prefix' && failsAlone && wallMs > budget.limitMs / 4
    if (!isDear && budget.leftMs > 0 && (isFirst || budget.allows(wallMs)))
      prices.set(name, priceMs)
  }
  return prices
}

// Time from the start of a command to its first test, and from its last test to its end.
function startOf(suspect: Suspect, { firstWallMs, startMs }: ArmFacts): number {
  const known = suspect.startMs ?? startMs
  if (known !== undefined) return known
  const { header, attempts = [] } = suspect.trigger?.record ?? {}
  const firstMs = attempts.reduce((least, { startMs: at }) => Math.min(least, at), Infinity)
  const seenMs = firstMs - Date.parse(header?.startedAt ?? '')
  return Math.min(firstWallMs, Math.max(1500, Number.isFinite(seenMs) ? seenMs : 0))
}

/** What a serial run of everything takes about: its tests one after another, and each file with a start of its own. */
export function expectedSerialMs(suspect: Suspect, facts: ArmFacts): number {
  const record = suspect.trigger?.record
  const most = facts.firstWallMs * facts.workers
  if (record === undefined) return most
  const tests = record.attempts.reduce((sum, { startMs: a, endMs: b }) => sum + b - a, 0)
  return Math.min(most, startOf(suspect, facts) + tests + 300 * fileRuns(record).length)
}

// As many as tell a consistent failure; after passes a few more at a time, because each start costs.
function repetitions(suspect: Suspect, startMs: number, facts: ArmFacts): number {
  const { thorough, driver } = facts
  const { runs, failures } = suspect.total('alone')
  const { durationMs } = suspect
  // What others of its group have shown needs only to be confirmed.
  if (runs > 0 && suspect.countsOf(suspect.nextMember.key, 'alone').runs === 0) return enoughToSplit
  // What its error puts down to its neighbours needs only to be seen to pass.
  const isExpected = judge(seenOf(suspect)).belief.verdict !== 'consistent'
  if (runs === 0 && durationMs >= slowMs && isExpected) return 2
  // A slow test runs as often as shows that it fails every time, if it does; each start would cost as much again.
  if (durationMs >= slowMs && failures === runs && failures < consistentAfter) {
    return Math.min(consistentAfter - failures, mostRunsAlone(durationMs, thorough))
  }
  const least = durationMs >= 10_000 ? 1 : durationMs >= slowMs ? 2 : 4
  if (runs === 0 && durationMs < 500) return repetitionMs(driver.abilities) < 500 ? 7 : 4
  // A start that takes longer than the test is used well.
  return Math.max(least, Math.min(4, Math.floor(startMs / Math.max(1, durationMs))))
}

function isSpread(record: TestRecord, test: TestRef): boolean {
  const runs = fileRuns(record).filter(
    ({ project, file }) => project === test.project && file === test.file,
  )
  return runs.length > 1
}

/** What these tests took in a run, one after another. */
export function spanOf(
  { attempts }: { attempts: readonly { key: string; startMs: number; endMs: number }[] },
  tests: readonly TestRef[],
): number {
  const keys = new Set(tests.map(({ key }) => key))
  return attempts
    .filter(({ key }) => keys.has(key))
    .reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)
}

/** True for a result whose test waited too long. */
export function isTimeout(sample: Sample | undefined): boolean {
  return sample !== undefined && causeOf(sample.error, sample.timedOut) === 'timeout'
}

function unique(tests: readonly TestRef[]): TestRef[] {
  return [
    ...new Map(tests.map((test) => [JSON.stringify([test.project, test.file]), test])).values(),
  ]
}
