/** What runs test files on a lane: a process, or a thread of this one. */
export interface LaneWorker {
  /** Settles when it has exited. */
  readonly exited: Promise<void>
  /** Vitest's pool id; 0 until its start message. */
  readonly slot: number
  readonly pid: number
}

/** The workers that are on a lane: which lane, which files they run, and when they have left it. */
export class LaneWorkers {
  /** Settled when the worker has left. */
  readonly #seated = new Map<LaneWorker, PromiseWithResolvers<void>>()
  readonly #lanes = new WeakMap<LaneWorker, string>()
  readonly #files = new Map<string, LaneWorker>()

  /** A worker has a lane. */
  seated(worker: LaneWorker): void {
    this.#seated.set(worker, Promise.withResolvers())
  }

  /** A worker has begun on the lane that it has. */
  began(worker: LaneWorker, lane: string): void {
    this.#lanes.set(worker, lane)
  }

  /** A worker runs these files. */
  running(worker: LaneWorker, files: readonly string[]): void {
    for (const file of files) this.#files.set(file, worker)
  }

  /** Who runs a file. */
  of(file: string): LaneWorker | undefined {
    return this.#files.get(file)
  }

  /** The lane of a worker that has begun. */
  lane(worker: LaneWorker | undefined): string | undefined {
    return worker && this.#lanes.get(worker)
  }

  /** A worker has left its lane. Gives the files that it ran. */
  left(worker: LaneWorker): readonly string[] {
    this.#seated.get(worker)?.resolve()
    this.#seated.delete(worker)
    const files = [...this.#files].filter(([, runner]) => runner === worker).map(([file]) => file)
    for (const file of files) this.#files.delete(file)
    return files
  }

  /** Waits until a worker has left its lane; all of them when none is named. */
  async gone(workers: Iterable<LaneWorker> = this.#seated.keys()): Promise<void> {
    await Promise.all([...workers].map(async (worker) => await this.#seated.get(worker)?.promise))
  }
}
