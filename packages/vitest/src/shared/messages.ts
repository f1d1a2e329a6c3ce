import type { KeptEvidence } from '@isolane/core/child'

/** What a test of `laneTest` adds to its `task.meta`, which travels to the main process with the result. */
export interface LaneMeta {
  readonly lane: string
  readonly kept: readonly KeptEvidence[]
}

declare module 'vitest' {
  interface TaskMeta {
    isolane?: LaneMeta
  }
}
