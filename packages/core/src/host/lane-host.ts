/**
 * Owner of a run's lanes. Lives in the runner's main process; workers borrow from it.
 *
 * Invariants: a lane is held by one worker at most; it is handed out in state `ready` only; one spare is
 * being made or ready while any lane is leased, as long as the capacity allows. Every decision is taken
 * synchronously in `#pump`; what it starts reports back and pumps again.
 */
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { IsolaneError } from '@isolane/record'
import type { Lanes } from '../lanes.ts'
import { createThreads } from '../provision/create-threads.ts'
import { Registry } from '../registry/registry.ts'
import type { Env } from '../resource.ts'
import { laneVariables } from '../shared/env.ts'
import { laneDirPath } from '../shared/protocol.ts'
import type { KeptEvidence, LaneFile } from '../shared/protocol.ts'
import { capacityOf } from './capacity.ts'
import { HostConnection } from './host-connection.ts'
import { Lane } from './lane.ts'
import { SocketServer } from './socket-server.ts'
import { prepareTemplates } from './templates.ts'
import { startWatchdog } from './watchdog.ts'
import type { Watchdog } from './watchdog.ts'

/** How a host is started. */
export interface LaneHostOptions {
  readonly lanes: Lanes
  /** Absolute project root: relative paths in resources start here. */
  readonly root: string
  /** How many workers may hold a lane at the same time. */
  readonly workers: number
  /** Lanes kept ready beyond those in use. Default 1. */
  readonly spares?: number
  /** Where evidence of failed tests is kept. Default `<root>/.isolane/failed`. */
  readonly evidenceDir?: string
  /** The machine's cache directory. Default: see `cacheDir()`. */
  readonly cacheDir?: string
  /** Shows the user one line: something takes long, or is less than was asked for. */
  readonly onMessage?: (message: string) => void
}

/** A lane in the hands of a worker. */
export interface LeasedLane {
  readonly id: string
  readonly slot: number
  readonly file: LaneFile
  /** All variables of the lane, for the worker's environment. */
  readonly env: Env
}

interface Waiter {
  readonly slot: number
  readonly pid: number
  readonly resolve: (lane: LeasedLane) => void
  readonly reject: (error: unknown) => void
}

const HEARTBEAT_MS = 5_000

export class LaneHost {
  readonly #options: LaneHostOptions
  readonly #registry: Registry
  readonly #threads = createThreads()
  readonly #abort = new AbortController()
  readonly #lanes = new Map<string, Lane>()
  readonly #waiters: Waiter[] = []
  readonly #work = new Set<Promise<void>>()
  #templates: ReadonlyMap<string, unknown> = new Map()
  #limit: number
  #made = 0
  #everReady = false
  #failuresInRow = 0
  #failure: { readonly lane: number; readonly error: unknown } | undefined
  #server: SocketServer | undefined
  #watchdog: Watchdog | undefined
  #heartbeat: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined
  readonly run: string
  readonly dir: string

  private constructor(options: LaneHostOptions, registry: Registry, run: string, dir: string) {
    this.#options = options
    this.#registry = registry
    this.#limit = options.workers + (options.spares ?? 1)
    this.run = run
    this.dir = dir
  }

  /**
   * Starts a host: sweeps what dead runs left, builds templates and makes the first lane, so that a broken
   * resource or seed contract is known before the first test. Nothing is left behind when it fails.
   */
  static async start(options: LaneHostOptions): Promise<LaneHost> {
    const registry = await Registry.open(
      options.cacheDir === undefined ? {} : { dir: options.cacheDir },
    )
    const run = randomUUID()
    let dir: string
    try {
      dir = await registry.addRun({ id: run, argv: process.argv.slice(1), root: options.root })
    } catch (error) {
      await registry.close()
      throw error
    }
    const host = new LaneHost(options, registry, run, dir)
    try {
      await host.#prepare()
      return host
    } catch (error) {
      await host.close().catch(() => undefined)
      throw error
    }
  }

  /** The run's variables: with them a process finds this host. */
  get env(): Env {
    return { [laneVariables.run]: this.run, [laneVariables.host]: this.dir }
  }

  /** The most lanes there can be at once, spares included. Less than was asked for when a resource is finite. */
  get limit(): number {
    return this.#limit
  }

  /**
   * Waits for a ready lane.
   *
   * @param holder slot of the worker (1..maxWorkers) and its process id, 0 while it is not started.
   * @throws what made the lane fail, when none can be made.
   */
  async acquire(holder: { slot: number; pid?: number; signal?: AbortSignal }): Promise<LeasedLane> {
    const { signal } = holder
    signal?.throwIfAborted()
    return await new Promise<LeasedLane>((resolve, reject) => {
      const waiter: Waiter = { slot: holder.slot, pid: holder.pid ?? 0, resolve, reject }
      signal?.addEventListener(
        'abort',
        () => {
          const at = this.#waiters.indexOf(waiter)
          if (at === -1) return
          this.#waiters.splice(at, 1)
          reject(signal.reason as Error)
        },
        { once: true },
      )
      this.#waiters.push(waiter)
      this.#pump()
    })
  }

  /** Takes a lane back. It is reset in the background, or replaced when `discard` is set. Harmless when it is not held. */
  release(id: string, { discard = false }: { discard?: boolean } = {}): void {
    const lane = this.#lanes.get(id)
    if (lane?.state !== 'leased') return
    lane.state = 'dirty'
    lane.slot = 0
    this.#start(discard ? this.#replace(lane) : this.#restore(lane))
    this.#pump()
  }

  /**
   * Brings a lane that its worker keeps back to its base, connections open.
   *
   * @throws IsolaneError `ISOLANE_RESET` when that is not possible; the holder must give the lane back.
   */
  async reset(id: string, test?: string): Promise<{ generation: number }> {
    const lane = this.#held(id)
    const outcome = await lane.reset()
    if (!outcome.ok) {
      throw new IsolaneError('ISOLANE_RESET', {
        message: `Lane ${id} could not be reset${test === undefined ? '' : ` after "${test}"`}: ${outcome.reason}`,
        hint: 'close the transaction or connection the test leaves open, or use reset: "file".',
        details: { lane: id, ...(test === undefined ? {} : { test }) },
      })
    }
    this.#note(lane)
    return { generation: lane.generation }
  }

  /** Makes the present state of a held lane its base. */
  async rebase(id: string): Promise<void> {
    await this.#held(id).rebase()
  }

  /** Keeps what helps to understand a failed test; files go to `evidenceDir`. */
  async evidence(id: string, test: string): Promise<KeptEvidence[]> {
    const into = join(
      this.#options.evidenceDir ?? join(this.#options.root, '.isolane', 'failed'),
      `${test.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 80)}-${id}-${this.#held(id).generation}`,
    )
    await mkdir(into, { recursive: true, mode: 0o700 })
    return await this.#held(id).evidence(into)
  }

  /** Records the test a lane's worker is at, for whoever looks at the registry. */
  beat(id: string, test: string | undefined): void {
    const lane = this.#lanes.get(id)
    if (lane !== undefined) this.#note(lane, test)
  }

  /** Closes every lane and ends the run. Later calls wait for the first. Collects errors and throws all. */
  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #prepare(): Promise<void> {
    const { lanes, root, onMessage } = this.#options
    // The watchdog first: from here on something exists that must not outlive a killed main process.
    this.#watchdog = startWatchdog({
      runId: this.run,
      cacheDir: this.#registry.dir,
      ...(onMessage === undefined ? {} : { onMessage }),
    })
    await this.#registry.sweep()
    this.#heartbeat = setInterval(() => {
      this.#registry.heartbeat(this.run).catch(() => undefined)
    }, HEARTBEAT_MS).unref()
    this.#server = await SocketServer.listen(this.dir, this.run, () => new HostConnection(this))
    this.#templates = await prepareTemplates(lanes.resources, {
      root,
      registry: this.#registry,
      threads: this.#threads,
      signal: this.#abort.signal,
      progress: (message) => onMessage?.(message),
    })
    const capacity = await capacityOf(lanes.resources, this.#registry)
    if (capacity !== undefined && capacity.lanes < this.#limit) {
      this.#limit = capacity.lanes
      if (capacity.lanes < this.#options.workers) {
        onMessage?.(
          `${capacity.lanes} lanes instead of ${this.#options.workers}: "${capacity.resource}" has no more to give on this machine.`,
        )
      }
    }
    this.#pump()
    const [first] = this.#work
    await first
    // Lanes are made side by side: with all of them known, the same mistake gives the same message every time.
    if (this.#failure !== undefined) await Promise.allSettled(this.#work)
    if (this.#failure !== undefined) throw this.#failure.error
  }

  #pump(): void {
    if (this.#closing !== undefined) return
    // 1. Ready lanes go to those who wait, first come, first served.
    for (const lane of this.#lanes.values()) {
      if (lane.state !== 'ready') continue
      const waiter = this.#waiters.shift()
      if (waiter === undefined) break
      this.#handOut(lane, waiter)
    }
    // 2. A failure nobody can wait out reaches those who wait.
    const coming = this.#count('making') + this.#count('resetting') + this.#count('dirty')
    if (this.#failure !== undefined && coming === 0 && this.#count('leased') === 0) {
      for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#failure.error)
      return
    }
    // 3. Lanes are made for who waits now and for the next one, as many at once as there are cores.
    const wanted = this.#waiters.length + (this.#options.spares ?? 1)
    let missing = wanted - coming - this.#count('ready')
    while (
      missing > 0 &&
      this.#failure === undefined &&
      this.#lanes.size < this.#limit &&
      this.#count('making') < availableParallelism()
    ) {
      this.#start(this.#make())
      missing -= 1
    }
  }

  #handOut(lane: Lane, waiter: Waiter): void {
    lane.state = 'leased'
    lane.slot = waiter.slot
    this.#note(lane)
    waiter.resolve({
      id: lane.id,
      slot: waiter.slot,
      file: lane.file,
      env: { ...lane.env, [laneVariables.slot]: String(waiter.slot) },
    })
  }

  async #make(): Promise<void> {
    const number = ++this.#made
    const id = `${this.run.slice(0, 8)}-${number}`
    const lane = new Lane({
      facts: { id, number, run: this.run, dir: laneDirPath(this.dir, id) },
      resources: this.#options.lanes.resources,
      templates: this.#templates,
      root: this.#options.root,
      runDir: this.dir,
      threads: this.#threads,
      holdings: this.#registry.holdings({ run: this.run, lane: id }),
      signal: this.#abort.signal,
      lanesWanted: this.#limit,
    })
    this.#lanes.set(id, lane)
    try {
      await this.#registry.setLane({ id, run: this.run, number, state: 'making' })
      await lane.make()
      lane.state = 'ready'
      this.#everReady = true
      this.#failuresInRow = 0
      this.#note(lane)
    } catch (error) {
      this.#lanes.delete(id)
      await this.#registry.removeLane(id).catch(() => undefined)
      // After a lane that worked, one failure may be the machine's; two in a row are not.
      this.#failuresInRow += 1
      if (!this.#everReady || this.#failuresInRow > 1) this.#fail(number, error)
    }
  }

  async #restore(lane: Lane): Promise<void> {
    lane.state = 'resetting'
    const outcome = await lane.reset()
    if (lane.state !== 'resetting') return
    if (outcome.ok) {
      lane.state = 'ready'
      this.#note(lane)
    } else await this.#replace(lane)
  }

  async #replace(lane: Lane): Promise<void> {
    try {
      await lane.close()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#options.onMessage?.(`Lane ${lane.id} left something behind: ${reason}`)
    } finally {
      this.#lanes.delete(lane.id)
      await this.#registry.removeLane(lane.id).catch(() => undefined)
    }
  }

  #start(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.#fail(Infinity, error)
      })
      .finally(() => {
        this.#work.delete(tracked)
        this.#pump()
      })
    this.#work.add(tracked)
  }

  #fail(lane: number, error: unknown): void {
    if (this.#failure === undefined || lane < this.#failure.lane) this.#failure = { lane, error }
  }

  #held(id: string): Lane {
    const lane = this.#lanes.get(id)
    if (lane?.state === 'leased') return lane
    throw new IsolaneError('ISOLANE_LANE', {
      message: `Lane ${id} is not leased (${lane?.state ?? 'closed'}).`,
      hint: 'a worker may only ask for the lane it holds.',
      details: { lane: id },
    })
  }

  #count(state: Lane['state']): number {
    let count = 0
    for (const lane of this.#lanes.values()) if (lane.state === state) count += 1
    return count
  }

  #note(lane: Lane, test?: string): void {
    const { state, slot, generation, facts } = lane
    this.#registry
      .setLane({ id: lane.id, run: this.run, number: facts.number, state, slot, generation, test })
      .catch(() => undefined)
  }

  async #close(): Promise<void> {
    clearInterval(this.#heartbeat)
    const reason = new IsolaneError('ISOLANE_HOST_GONE', { message: 'The run is ending.' })
    this.#abort.abort(reason)
    for (const waiter of this.#waiters.splice(0)) waiter.reject(reason)
    await this.#server?.close()
    await Promise.allSettled(this.#work)
    const closed = await Promise.allSettled([...this.#lanes.values()].map((lane) => lane.close()))
    await this.#threads.close()
    await this.#registry.endRun(this.run)
    await this.#registry.close()
    await this.#watchdog?.stop()
    const errors = closed.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    if (errors.length > 0) throw new AggregateError(errors, 'Not every lane closed cleanly')
  }
}
