import type { KeptEvidence, LaneHost } from '@isolane/core/host'
import type { LaneWorker } from './lane-workers.ts'

/** Evidence of one failed test. */
export interface Kept {
  readonly test: string
  readonly lane: string
  /** When it was kept. */
  readonly when: string
  readonly kept: readonly KeptEvidence[]
}

/** Tests that failed on which worker's lane, and what was kept of that: before the lane is used again. */
export class FailedTests {
  readonly #onMessage: (message: string) => void
  readonly #failed = new Map<LaneWorker, string[]>()
  #kept: Kept[] = []

  constructor(onMessage: (message: string) => void) {
    this.#onMessage = onMessage
  }

  add(worker: LaneWorker, test: string): void {
    this.#failed.set(worker, [...(this.#failed.get(worker) ?? []), test])
  }

  /** A worker has left its lane: what helps to understand its failed tests is kept. */
  async keep(worker: LaneWorker, lane: string, host: LaneHost | undefined): Promise<void> {
    const tests = this.#failed.get(worker)
    this.#failed.delete(worker)
    try {
      if (tests?.[0] === undefined) return
      const [first, ...others] = tests
      const test = others.length === 0 ? first : `${first} (and ${others.length} more)`
      const kept = (await host?.evidence(lane, first)) ?? []
      this.#kept.push({ test, lane, when: 'at the end of its file', kept })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#onMessage(`nothing could be kept of lane ${lane}: ${reason.split('\n')[0] ?? ''}`)
    }
  }

  /** Those that have not left their lane yet. */
  get workers(): Iterable<LaneWorker> {
    return this.#failed.keys()
  }

  /** What was kept since the last call. */
  take(): readonly Kept[] {
    const kept = this.#kept
    this.#kept = []
    return kept
  }
}
