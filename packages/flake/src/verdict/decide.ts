import type { ArmName } from '../runners/driver.ts'
import type { HypothesisName } from './hypotheses.ts'
import { countsOf, posterior, separation, weigh } from './posterior.ts'
import type { ArmCounts, Belief, Hints, Weighed } from './posterior.ts'
import { fisher, pool, sprt } from './statistics.ts'
import type { Counts } from './statistics.ts'

/** Failures alone that make a test consistent, when nothing else was seen. */
export const consistentAfter = 3
/** Price of a run alone, its start included, below which some failures more are no matter. */
const cheapMs = 1500
const moreIfCheap = 2
/** Runs of a serial command after which a failure was seen once only. */
const cleanRuns = 3
/** Level at which a contrast between parallel and serial runs counts. */
const contrastLevel = 0.05
/** Odds at which a verdict stands against the next, for one test. */
const enoughOdds = 20

/** Bits that a run must tell when it is not what the verdict asks for. */
const worthwhile = 0.02

/** What is known of one finding. */
export interface Observations {
  readonly counts: ArmCounts
  readonly hints?: Hints
  /** True when all failures alone carry one signature. */
  readonly sameError: boolean
  /** Price of each arm that may still be run; the others cannot be had. */
  readonly prices: ReadonlyMap<ArmName, number>
  /** True when the command itself runs one test after another. */
  readonly firstWasSerial: boolean
  /** True when it was first seen to fail in a serial run of a command that is not serial. */
  readonly seenSerially: boolean
  /** True when one start can run it several times. */
  readonly repeats: boolean
  /** How many findings are examined: the more, the more each must show. */
  readonly findings: number
}

/** What to do next, or the verdict. */
export type Step =
  | { readonly need: ArmName }
  | ({ readonly need: undefined; readonly decided: boolean } & Judgement)

/** The verdict as far as it is known, and what comes after it. */
export interface Judgement {
  readonly belief: Belief
  readonly runnerUp: Belief
  readonly hypothesis: HypothesisName
}

/**
 * The stopping rule. The likeliest explanation says what must still be seen before it may be given as the
 * verdict; of the arms that can show it, the one is next that tells the two likeliest explanations apart
 * at the least cost. A result that does not fit puts another explanation on top, with its own demands.
 *
 * @param p one-sided p-value of the contrast, corrected for the number of findings.
 */
export function nextStep(seen: Observations, p: number): Step {
  const weighed = weigh(seen.counts, seen.hints)
  const [top] = weighed
  const rival = weighed.find(({ hypothesis }) => hypothesis.verdict !== top.hypothesis.verdict)
  const odds = top.confidence / Math.max(rival?.confidence ?? 0, Number.MIN_VALUE)
  const isClear = odds >= enoughOdds * seen.findings
  const wanted = demands(top.hypothesis.name, seen, { p, isClear })
  if (wanted.length === 0) return { need: undefined, decided: true, ...judge(seen) }
  const need = cheapest(wanted, seen, weighed) ?? (isClear ? undefined : telling(seen, weighed))
  return need === undefined ? { need: undefined, decided: false, ...judge(seen) } : { need }
}

/** The verdict to give with the counts as they are. */
export function judge({ counts, hints }: Pick<Observations, 'counts' | 'hints'>): Judgement {
  const [{ hypothesis }] = weigh(counts, hints)
  const beliefs = posterior(counts, hints)
  const belief = beliefs.find(({ verdict }) => verdict === hypothesis.verdict) ?? beliefs[0]
  const runnerUp = beliefs.find((one) => one !== belief) ?? beliefs[1]
  return { belief, runnerUp, hypothesis: hypothesis.name }
}

const quietArms = ['alone', 'file', 'reordered', 'prefix', 'serial'] as const

/** True for an arm with nothing beside the test. */
export function isQuiet(arm: ArmName): boolean {
  return (quietArms as readonly ArmName[]).includes(arm)
}

/** Runs with nothing beside them. */
export function quiet(counts: ArmCounts): Counts {
  return countsOf(counts, ...quietArms)
}

/** Runs with others, or as much load, beside them. */
export function loud(counts: ArmCounts): Counts {
  return countsOf(counts, 'parallel', 'co-run', 'stressed')
}

/** The p-value of "fails more often beside others than without them". */
export function contrast(counts: ArmCounts): number {
  const without = quiet(counts)
  const beside = loud(counts)
  return beside.failures === 0 ? 1 : fisher(beside, without)
}

// What must still be seen before an explanation is the verdict; any of the arms is a step towards it.
function demands(
  name: HypothesisName,
  { counts, hints, sameError, prices, firstWasSerial, seenSerially, repeats }: Observations,
  { p, isClear }: { p: number; isClear: boolean },
): ArmName[] {
  const alone = countsOf(counts, 'alone')
  const ran = (arm: ArmName): boolean => countsOf(counts, arm).runs > 0
  const passes = (...arms: ArmName[]): number => {
    const { runs, failures } = countsOf(counts, ...arms)
    return runs - failures
  }
  const fails = (...arms: ArmName[]): number => countsOf(counts, ...arms).failures
  // Where it was seen, it may be seen again.
  const asSeen: ArmName[] = firstWasSerial ? ['serial', 'prefix'] : []
  if (seenSerially && quiet(counts).failures === 0) {
    // Runs beside others, which other findings ask for too, say little of what failed without any.
    const isLeft = (arm: ArmName): boolean => prices.has(arm) && !ran(arm)
    if (isLeft('file')) return ['file']
    if (isLeft('serial') && !ran('prefix')) return ['serial']
  }
  switch (name) {
    case 'consistent': {
      // One start has run it as often as that is cheap; another start would cost more than it tells.
      const cheap = !repeats && (prices.get('alone') ?? Infinity) < cheapMs
      const enough = consistentAfter + (sameError ? (cheap ? moreIfCheap : 0) : 2)
      if (alone.failures < enough) return ['alone']
      // Where the command is serial and files could run side by side, nobody has tried.
      const beside = firstWasSerial && hints?.['serial-always'] !== 0
      // After the files before it and after the rest of its own: one run shows both, when it can be had.
      const after: ArmName = prices.has('prefix') || ran('prefix') ? 'prefix' : 'reordered'
      const others: ArmName[] = [after, ...(beside ? ['parallel' as const] : [])]
      return others.filter((arm) => prices.has(arm) && !ran(arm))
    }
    case 'parallel-only':
    case 'starved': {
      if (isClear) return []
      if (p >= contrastLevel) return ['parallel', 'co-run', 'stressed', 'alone', 'file', 'serial']
      const ordered = ran('serial') || ran('prefix')
      const arms = (['serial', 'prefix'] as const).filter((arm) => prices.has(arm))
      return ordered || arms.length === 0 ? [] : arms
    }
    case 'intermittent': {
      if (alone.failures > 0 && passes('alone') > 0 && sprt(alone) === 'fails') return []
      return isClear && alone.failures > 0 && passes('alone') > 0 && alone.runs > 2
        ? []
        : ['alone', 'file', 'parallel', 'co-run', ...asSeen]
    }
    case 'not-reproduced': {
      const still: ArmName[] = []
      // Who fails by itself would fail beside others too: those runs count for both.
      const few = quiet(counts).runs < consistentAfter
      if (few || sprt(everything(counts)) !== 'stable') still.push('alone', 'file', ...asSeen)
      const canBeLoud = prices.has('parallel') || loud(counts).runs > 0
      if (!canBeLoud && countsOf(counts, 'serial').runs < cleanRuns) still.push('serial')
      else if (canBeLoud && sprt(loud(counts)) !== 'stable') {
        still.push('parallel', 'co-run', 'stressed')
      }
      return still
    }
    case 'victim':
      return unmet(['alone', passes('alone') >= 3], ['file', fails('file') >= 2])
    case 'victim-outside':
      return unmet(
        ['alone', passes('alone', 'file') >= 3],
        ['serial', fails('serial', 'prefix') >= 2],
        ['prefix', fails('serial', 'prefix') >= 2],
      )
    case 'brittle':
      return unmet(
        ['alone', alone.failures >= 3],
        ['reordered', passes('reordered') >= 1 && passes('reordered', 'prefix') >= 2],
      )
    case 'brittle-outside':
      return unmet(['alone', alone.failures >= 3], ['prefix', passes('prefix') >= 2])
    case 'serial-only':
      return unmet(
        ['serial', fails('serial', 'prefix') >= 2],
        ['prefix', fails('serial', 'prefix') >= 2],
        ['parallel', passes('parallel', 'co-run') >= 2],
      )
    case 'serial-always':
      return unmet(['alone', alone.failures >= 3], ['parallel', passes('parallel', 'co-run') >= 2])
  }

  // What has been seen often enough may still not be clear: then it must be seen more often.
  function unmet(...wishes: readonly (readonly [arm: ArmName, met: boolean])[]): ArmName[] {
    const open = wishes.filter(([, met]) => !met)
    if (open.length === 0 && isClear) return []
    return open.length > 0 ? open.map(([arm]) => arm) : [...prices.keys()]
  }
}

// Of the arms that are wanted and can be had: most is told for the time by which one?
function cheapest(
  wanted: readonly ArmName[],
  { counts, prices }: Observations,
  weighed: readonly [Weighed, Weighed, ...Weighed[]],
): ArmName | undefined {
  const worth = (arm: ArmName): number =>
    (told(arm, counts, weighed) + 1e-6) / (prices.get(arm) ?? Infinity)
  return wanted
    .filter((arm) => prices.has(arm))
    .reduce<ArmName | undefined>(
      (best, arm) => (best === undefined || worth(arm) > worth(best) ? arm : best),
      undefined,
    )
}

// None of the wanted arms can be had: one that tells something all the same?
function telling(
  seen: Observations,
  weighed: readonly [Weighed, Weighed, ...Weighed[]],
): ArmName | undefined {
  const arms = [...seen.prices.keys()].filter(
    (arm) => told(arm, seen.counts, weighed) >= worthwhile,
  )
  return cheapest(arms, seen, weighed)
}

// What one more run is expected to tell of the likeliest explanation against each other, in bits.
function told(
  arm: ArmName,
  counts: ArmCounts,
  [top, ...rivals]: readonly [Weighed, Weighed, ...Weighed[]],
): number {
  return rivals.reduce(
    (sum, { hypothesis, confidence }) =>
      sum + confidence * separation(top.hypothesis, hypothesis, counts, arm),
    0,
  )
}

/** All runs in all arms. */
export function everything(counts: ArmCounts): Counts {
  return pool(quiet(counts), loud(counts))
}
