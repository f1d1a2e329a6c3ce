import type { Counts } from '../verdict/statistics.ts'

/**
 * How often something of this failure rate must pass before "it does not fail" is wrong with a
 * probability of at most `doubt`: ceil(ln doubt / ln(1 - rate)).
 */
export function repeatsFor(rate: number, doubt = 0.01): number {
  if (rate >= 1) return 1
  // What is a whole number but for the rounding is that number.
  return rate <= 0 ? Infinity : Math.ceil(Math.log(doubt) / Math.log(1 - rate) - 1e-9)
}

/** The rate that counts suggest, drawn a little towards the middle: nobody has seen every run. */
export function shrunkRate({ runs, failures }: Counts): number {
  return (failures + 0.9) / (runs + 1)
}
