import type { ArmName } from '../runners/driver.ts'
import { hypotheses } from './hypotheses.ts'
import type { Hypothesis, HypothesisName } from './hypotheses.ts'
import { lnBetaBinomial, noCounts, pool } from './statistics.ts'
import type { Counts } from './statistics.ts'
import type { Verdict } from './verdict.ts'

/** What is counted of one finding; the failure that started it is in none. */
export type ArmCounts = Readonly<Partial<Record<ArmName, Counts>>>

/** What the error itself makes more likely, as a factor of the odds. */
export type Hints = Readonly<Partial<Record<HypothesisName, number>>>

/** A verdict, and how sure it is. */
export interface Belief {
  readonly verdict: Verdict
  /** Posterior probability, between 0 and 1. */
  readonly confidence: number
}

/** A hypothesis, and how sure it is. */
export interface Weighed {
  readonly hypothesis: Hypothesis
  readonly confidence: number
}

/** The counts of one arm. */
export function countsOf(counts: ArmCounts, ...arms: readonly ArmName[]): Counts {
  return pool(...arms.map((arm) => counts[arm] ?? noCounts))
}

/** The hypotheses by how likely the counts make them, most likely first. Their confidences sum to 1. */
export function weigh(counts: ArmCounts, hints: Hints = {}): [Weighed, Weighed, ...Weighed[]] {
  const weights = hypotheses.map((hypothesis) => ({
    hypothesis,
    weight:
      Math.log(hypothesis.prior * (hints[hypothesis.name] ?? 1)) + lnLikelihood(hypothesis, counts),
  }))
  const top = Math.max(...weights.map(({ weight }) => weight))
  const sum = weights.reduce((total, { weight }) => total + Math.exp(weight - top), 0)
  return weights
    .map(({ hypothesis, weight }) => ({ hypothesis, confidence: Math.exp(weight - top) / sum }))
    .sort((a, b) => b.confidence - a.confidence) as [Weighed, Weighed, ...Weighed[]]
}

/** The verdicts by how likely the counts make them, most likely first. Their confidences sum to 1. */
export function posterior(counts: ArmCounts, hints: Hints = {}): [Belief, Belief, ...Belief[]] {
  const sums = new Map<Verdict, number>()
  for (const { hypothesis, confidence } of weigh(counts, hints)) {
    sums.set(hypothesis.verdict, (sums.get(hypothesis.verdict) ?? 0) + confidence)
  }
  return [...sums]
    .map(([verdict, confidence]) => ({ verdict, confidence }))
    .sort((a, b) => b.confidence - a.confidence) as [Belief, Belief, ...Belief[]]
}

/** How likely one more run of an arm fails if the hypothesis is true; undefined when it does not say. */
function predicted({ pools }: Hypothesis, counts: ArmCounts, arm: ArmName): number | undefined {
  const found = pools.find(({ arms }) => arms.includes(arm))
  if (found === undefined) return undefined
  const { runs, failures } = countsOf(counts, ...found.arms)
  const [a, b] = found.rate
  return (a + failures) / (a + b + runs)
}

/**
 * How much one more run of an arm tells two hypotheses apart: the Jensen-Shannon divergence of what they
 * predict, from 0 (nothing) to 1 bit (all).
 */
export function separation(
  one: Hypothesis,
  other: Hypothesis,
  counts: ArmCounts,
  arm: ArmName,
): number {
  const p = predicted(one, counts, arm)
  const q = predicted(other, counts, arm)
  if (p === undefined || q === undefined) return 0
  return entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2
}

function lnLikelihood({ pools }: Hypothesis, counts: ArmCounts): number {
  return pools.reduce(
    (sum, { arms, rate }) => sum + lnBetaBinomial(countsOf(counts, ...arms), ...rate),
    0,
  )
}

function entropy(p: number): number {
  const term = (x: number): number => (x <= 0 ? 0 : -x * Math.log2(x))
  return term(p) + term(1 - p)
}
