import { lnBetaBinomial, pool } from './statistics.ts'
import type { Counts } from './statistics.ts'
import type { Verdict } from './verdict.ts'

/** What is counted of one finding; the failure that started it is not in `parallel`. */
export interface ArmCounts {
  readonly alone: Counts
  readonly serial: Counts
  readonly parallel: Counts
}

/** A verdict that experiments with counts can reach, and how sure it is. */
export interface Belief {
  readonly verdict: Verdict
  /** Posterior probability, between 0 and 1. */
  readonly confidence: number
}

// Beta priors of the failure rate: nearly always, nearly never, anything, and the low rates that
// intermittent tests mostly have.
const always = [19, 1] as const
const never = [0.5, 60] as const
const anything = [1.5, 1.5] as const
const sometimes = [1.5, 3] as const

const classes: readonly {
  readonly verdict: Verdict
  readonly prior: number
  readonly ln: (counts: ArmCounts) => number
}[] = [
  {
    verdict: 'consistent',
    prior: 0.3,
    ln: ({ alone, serial, parallel }) =>
      lnBetaBinomial(alone, ...always) +
      lnBetaBinomial(serial, ...always) +
      lnBetaBinomial(parallel, ...always),
  },
  {
    verdict: 'parallel-only',
    prior: 0.25,
    ln: ({ alone, serial, parallel }) =>
      lnBetaBinomial(pool(alone, serial), ...never) + lnBetaBinomial(parallel, ...anything),
  },
  {
    verdict: 'intermittent',
    prior: 0.25,
    ln: ({ alone, serial, parallel }) =>
      lnBetaBinomial(pool(alone, serial, parallel), ...sometimes),
  },
  {
    verdict: 'order-dependent',
    prior: 0.03,
    ln: ({ alone, serial, parallel }) =>
      lnBetaBinomial(alone, ...never) +
      lnBetaBinomial(serial, ...anything) +
      lnBetaBinomial(parallel, ...anything),
  },
  {
    verdict: 'not-reproduced',
    prior: 0.17,
    ln: ({ alone, serial, parallel }) => lnBetaBinomial(pool(alone, serial, parallel), ...never),
  },
]

/** The verdicts by how likely the counts make them, most likely first. Their confidences sum to 1. */
export function posterior(counts: ArmCounts): [Belief, Belief, ...Belief[]] {
  const weights = classes.map(({ verdict, prior, ln }) => ({
    verdict,
    weight: Math.log(prior) + ln(counts),
  }))
  const top = Math.max(...weights.map(({ weight }) => weight))
  const sum = weights.reduce((total, { weight }) => total + Math.exp(weight - top), 0)
  return weights
    .map(({ verdict, weight }) => ({ verdict, confidence: Math.exp(weight - top) / sum }))
    .sort((a, b) => b.confidence - a.confidence) as [Belief, Belief, ...Belief[]]
}
