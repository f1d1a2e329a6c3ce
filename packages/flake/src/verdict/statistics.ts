import jStat from 'jstat'

/** How often a test was run in an arm, and how often it failed there. */
export interface Counts {
  readonly runs: number
  readonly failures: number
}

/** An interval of a rate, both ends between 0 and 1. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/** No runs at all. */
export const noCounts: Counts = { runs: 0, failures: 0 }

/** The runs of several arms or tests together. */
export function pool(...counts: readonly Counts[]): Counts {
  return {
    runs: counts.reduce((sum, { runs }) => sum + runs, 0),
    failures: counts.reduce((sum, { failures }) => sum + failures, 0),
  }
}

/**
 * Wilson's score interval of a failure rate, for display.
 *
 * @param level two-sided confidence level, default 0.95.
 */
export function wilson({ runs, failures }: Counts, level = 0.95): Interval {
  if (runs === 0) return { low: 0, high: 1 }
  const z = jStat.normal.inv(1 - (1 - level) / 2, 0, 1)
  const rate = failures / runs
  const scale = 1 + (z * z) / runs
  const centre = (rate + (z * z) / (2 * runs)) / scale
  const half = (z / scale) * Math.sqrt((rate * (1 - rate)) / runs + (z * z) / (4 * runs * runs))
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}

/** Clopper and Pearson's one-sided upper bound of a failure rate, for claims of absence. */
export function upperBound({ runs, failures }: Counts, level = 0.95): number {
  return failures >= runs ? 1 : jStat.beta.inv(level, failures + 1, runs - failures)
}

/** Clopper and Pearson's one-sided lower bound of a failure rate, for claims of presence. */
export function lowerBound({ runs, failures }: Counts, level = 0.95): number {
  return failures === 0 ? 0 : jStat.beta.inv(1 - level, failures, runs - failures + 1)
}

/** Fisher's exact test, one-sided: how likely so many failures fall to `more` when both are the same. */
export function fisher(more: Counts, less: Counts): number {
  const runs = more.runs + less.runs
  const failures = more.failures + less.failures
  const total = jStat.combinationln(runs, failures)
  const most = Math.min(failures, more.runs)
  let p = 0
  for (let k = more.failures; k <= most; k += 1) {
    if (failures - k > less.runs) continue
    const ways = jStat.combinationln(more.runs, k) + jStat.combinationln(less.runs, failures - k)
    p += Math.exp(ways - total)
  }
  return Math.min(1, p)
}

/** Holm's correction: the p-values of several tests, each made as large as the number of tests asks. */
export function holm(values: readonly number[]): number[] {
  const order = values.map((p, at) => ({ p, at })).sort((a, b) => a.p - b.p)
  const adjusted = values.map(() => 1)
  let floor = 0
  for (const [rank, { p, at }] of order.entries()) {
    floor = Math.max(floor, Math.min(1, p * (values.length - rank)))
    adjusted[at] = floor
  }
  return adjusted
}

/** What Wald's sequential test says after some runs. */
export type SprtAnswer = 'fails' | 'stable' | 'open'

/**
 * Wald's sequential probability ratio test: does a test fail (rate 0.3 or more) or is it stable (0.02 or
 * less)? Both errors 5 %: two failures say the one, nine straight passes the other.
 */
export function sprt({ runs, failures }: Counts, p0 = 0.02, p1 = 0.3, error = 0.05): SprtAnswer {
  const ratio = failures * Math.log(p1 / p0) + (runs - failures) * Math.log((1 - p1) / (1 - p0))
  const limit = Math.log((1 - error) / error)
  if (ratio >= limit) return 'fails'
  return ratio <= -limit ? 'stable' : 'open'
}

/** Logarithm of the likelihood of one sequence with these counts when its rate is Beta(a, b). */
export function lnBetaBinomial({ runs, failures }: Counts, a: number, b: number): number {
  return jStat.betaln(a + failures, b + runs - failures) - jStat.betaln(a, b)
}
