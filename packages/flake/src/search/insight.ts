import type { Finding } from '../report/schema.ts'
import type { Cause, Mechanism } from '../verdict/verdict.ts'

/** What a search found out about a finding beyond its verdict. */
export interface Insight {
  readonly mechanism?: Mechanism
  readonly cause?: Cause
  readonly culprits: Finding['culprits']
  readonly evidence: Finding['evidence']
  readonly nextSteps: readonly string[]
  readonly reproduce?: string
  /** False when the search itself ran out of time. */
  readonly complete: boolean
}

/** Nothing found yet. */
export const noInsight: Insight = { culprits: [], evidence: [], nextSteps: [], complete: true }

/** Both insights as one; what the second knows comes first. */
export function joined(one: Insight | undefined, other: Insight): Insight {
  if (one === undefined) return other
  return {
    ...one,
    ...other,
    culprits: [...other.culprits, ...one.culprits],
    evidence: [...other.evidence, ...one.evidence],
    nextSteps: [...other.nextSteps, ...one.nextSteps],
    complete: one.complete && other.complete,
  }
}
