import type { KeptEvidence } from '@isolane/core/child'

/** What a test of `laneTest` adds to its `task.meta`, which travels to the main process with the result. */
export interface LaneMeta {
  readonly lane: string
  readonly kept: readonly KeptEvidence[]
}

/** Asks a worker whether its event loop turns. It gives the same back. */
export interface Ping {
  readonly isolane: 'ping'
}

/** Whether a message on a worker's channel is a {@link Ping}. */
export function isPing(message: unknown): message is Ping {
  return Reflect.get(Object(message), 'isolane') === 'ping'
}

declare module 'vitest' {
  interface TaskMeta {
    isolane?: LaneMeta
    /** How workers died while they ran this, when it ran again after that. */
    isolaneCrashes?: readonly string[]
  }
}
