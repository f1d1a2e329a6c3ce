/**
 * Variables that every process of a lane carries: the worker, and all it starts.
 * `ISOLANE_HOST` is the run's directory; the host's endpoint stands in its `run.json`.
 */
export const laneVariables = {
  run: 'ISOLANE_RUN',
  lane: 'ISOLANE_LANE',
  slot: 'ISOLANE_SLOT',
  host: 'ISOLANE_HOST',
} as const

/** Set in every process of an app server, to the lane's id and the resource's name: what is left of it is found by it. */
export const serverVariable = 'ISOLANE_SERVER'

/** Set in a process that only collects tests, such as for `vitest list`: no lane is made for it. */
export const collectVariable = 'ISOLANE_COLLECT'

/** The same environment without a lane's own variables and those in `names`. */
export function withoutLane(
  env: NodeJS.ProcessEnv,
  names: readonly string[] = [],
): NodeJS.ProcessEnv {
  const dropped = new Set<string>([...Object.values(laneVariables), ...names])
  return Object.fromEntries(Object.entries(env).filter(([name]) => !dropped.has(name)))
}
