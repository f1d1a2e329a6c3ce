import type { CurrentLane, Resources } from '@isolane/core'

/**
 * Tells reporters the lane of a test, as JSON: id, generation, port and the roles that have an account. Playwright's
 * reports leave out annotations whose type begins with an underscore.
 */
export function laneAnnotation(
  { id, generation, env }: CurrentLane<Resources>,
  roles: readonly string[],
): { readonly type: string; readonly description: string } {
  const port = Number(env['PORT'])
  const facts = { id, generation, ...(Number.isInteger(port) ? { port } : {}), roles }
  return { type: '_isolane.lane', description: JSON.stringify(facts) }
}
