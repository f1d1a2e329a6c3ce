import { IsolaneError, isIsolaneError } from '@isolane/record/worker'
import type { LaneFacts } from '../resource.ts'

/** The user's words for a failed verb: errors of ours as they are, others with their resource and lane. */
export function failedVerb(
  verb: string,
  name: string,
  lane: LaneFacts | undefined,
  cause: unknown,
): unknown {
  if (isIsolaneError(cause)) return cause
  if (cause instanceof Error && cause.name === 'AbortError') return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new IsolaneError('ISOLANE_LANE', {
    message: `Resource "${name}" failed to ${verb}${lane === undefined ? '' : ` for lane ${lane.id}`}: ${reason}`,
    hint: `the error comes from "${name}" in defineLanes(); its own message stands above.`,
    details: { resource: name, verb, ...(lane === undefined ? {} : { lane: lane.id }) },
    cause,
  })
}
