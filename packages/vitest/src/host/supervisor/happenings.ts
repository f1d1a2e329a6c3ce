import { channel } from 'node:diagnostics_channel'

/**
 * What happened to a worker, on the diagnostics channel `isolane.worker` of the main process: for reporters, which
 * know no pool (https://nodejs.org/api/diagnostics_channel.html).
 */
export interface WorkerHappening {
  readonly event: 'crash' | 'hang' | 'requeue'
  /** Wall clock, milliseconds since 1970. */
  readonly atMs: number
  /** Wall clock: when that began which the worker was at. */
  readonly sinceMs: number
  readonly project: string
  /** Absolute. */
  readonly file: string
  /** Vitest's worker id and pool id. */
  readonly worker: string
  readonly slot: number
  /** Vitest's ids of the tests that ran. */
  readonly tests: readonly string[]
  /** How it ended, or where it hangs. */
  readonly detail: string
}

const happenings = channel('isolane.worker')

export function publish(happening: WorkerHappening): void {
  happenings.publish(happening)
}
