import type { Outcome } from './lines.ts'

/** Name and version of the format, as the header carries it. */
export const recordFormat = 'isolane.record/1'

/** True for the outcomes that make a test red. */
export function isFailure(outcome: Outcome): boolean {
  return outcome === 'failed' || outcome === 'timed-out' || outcome === 'crashed'
}
