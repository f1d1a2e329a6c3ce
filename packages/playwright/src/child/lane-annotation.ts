import type { CurrentLane, Resources } from '@isolane/core'

/**
 * Tells reporters the lane of a test, as JSON: id, generation, port and the roles that have an account, when the worker
 * started and since when it has the lane. Playwright's reports leave out annotations whose type begins with an underscore.
 */
export function laneAnnotation(
  { id, generation, env }: CurrentLane<Resources>,
  roles: readonly string[],
  leasedMs: number,
): { readonly type: string; readonly description: string } {
  const port = Number(env['PORT'])
  const workerStartedMs = Math.floor(performance.timeOrigin)
  const lent = { id, generation, ...(Number.isInteger(port) ? { port } : {}), roles }
  const facts = { ...lent, leasedMs, workerStartedMs }
  return { type: '_isolane.lane', description: JSON.stringify(facts) }
}
