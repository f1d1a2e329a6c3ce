import { join } from 'node:path'
import type { LaneHost, LeasedLane } from '@isolane/core/host'
import { aheadVariable } from '../shared/ahead.ts'
import { groupVariable } from '../shared/groups.ts'
import type { ProjectSandbox } from './project-sandbox.ts'
import { WorkerProcess } from './worker-process.ts'
import type { WorkerProcessOptions } from './worker-process.ts'

/** What is known of a worker before it is made. */
export type WorkerOptions = Omit<WorkerProcessOptions, 'progress' | 'sandbox'>

let made = 0

/** A worker process and the lane it was started with. */
export interface Seat {
  readonly lane: LeasedLane
  readonly process: WorkerProcess
}

/**
 * Worker processes made ahead of need, each on a ready lane: while a file runs, the process and the lane for
 * the next one are already being made.
 */
export class Spares {
  readonly #host: LaneHost
  readonly #most: number
  readonly #sandbox: ProjectSandbox | undefined
  readonly #ready: Promise<Seat>[] = []
  readonly #abort = new AbortController()
  #expected = 0
  #held = false
  #loadsDriver = false

  constructor(host: LaneHost, most: number, sandbox: ProjectSandbox | undefined) {
    this.#host = host
    this.#most = most
    this.#sandbox = sandbox
  }

  /** Tells how many workers the run will still ask for: nothing is made beyond that. */
  expect(workers: number): void {
    this.#expected = workers
  }

  /** Makes no spare while `hold` is set. */
  hold(hold: boolean): void {
    this.#held = hold
  }

  /** Has those that are made from now on load the driver of databases. */
  loadDriver(): void {
    this.#loadsDriver = true
  }

  /** Tells that the run will ask for one worker more. */
  expectMore(): void {
    this.#expected += 1
  }

  /** Gives a spare, or makes a seat now. */
  async take(options: WorkerOptions): Promise<Seat> {
    this.#expected -= 1
    const spare = this.#ready.shift()
    const seat = spare === undefined ? undefined : await spare
    if (seat !== undefined && !seat.process.alive) {
      await seat.process.stop()
      this.#host.release(seat.lane.id)
    }
    const taken = seat?.process.alive === true ? seat : await this.#make(options)
    // Starting a process blocks this one for some milliseconds: the taken one gets its first messages before.
    setImmediate(() => this.#refill(options))
    return taken
  }

  /** Ends every spare and frees its lane. */
  async close(): Promise<void> {
    this.#abort.abort(new Error('The run is ending.'))
    const spares = await Promise.allSettled(this.#ready.splice(0))
    await Promise.all(
      spares.map(async (spare) => {
        if (spare.status === 'rejected') return
        await spare.value.process.stop()
        this.#host.release(spare.value.lane.id)
      }),
    )
  }

  #refill(options: WorkerOptions): void {
    const ahead = this.#loadsDriver
      ? { ...options, env: { ...options.env, [aheadVariable]: '1' } }
      : options
    while (
      !this.#abort.signal.aborted &&
      !this.#held &&
      this.#ready.length < Math.min(this.#most, this.#expected)
    ) {
      const seat = this.#make(ahead)
      // Its taker meets the error; a spare nobody takes must not end the process.
      seat.catch(() => undefined)
      this.#ready.push(seat)
    }
  }

  async #make(options: WorkerOptions): Promise<Seat> {
    return this.makeOn(await this.#host.acquire({ slot: 0, signal: this.#abort.signal }), options)
  }

  /** Makes a seat on a lane that is held already. The lane is free when it cannot be made. */
  makeOn(lane: LeasedLane, options: WorkerOptions): Seat {
    const env = { ...options.env, ...lane.env }
    // The slot is Vitest's pool id, which arrives with its start message.
    delete env['ISOLANE_SLOT']
    // A Vitest that a test starts has groups of its own.
    delete env[groupVariable]
    try {
      const sandbox = this.#sandbox?.enter(lane)
      const progress = join(lane.env['ISOLANE_HOST'] ?? lane.file.dir, `worker-${++made}`)
      return { lane, process: new WorkerProcess({ ...options, env, progress, sandbox }) }
    } catch (error) {
      this.#host.release(lane.id)
      throw error
    }
  }
}
