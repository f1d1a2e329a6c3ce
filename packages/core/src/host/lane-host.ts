import { setMaxListeners } from 'node:events'
import { IsolaneError } from '@isolane/record/worker'
import type { Footprint } from '@isolane/sandbox'
import type { Lanes } from '../lanes.ts'
import type { Env } from '../resource.ts'
import { laneVariables } from '../shared/env.ts'
import { laneDirPath } from '../shared/protocol.ts'
import type { KeptEvidence, LaneFile } from '../shared/protocol.ts'
import { settleAll } from '../shared/settle-all.ts'
import { capacityOf } from './capacity.ts'
import { evidenceDirectory } from './evidence-directory.ts'
import { evidenceName } from './evidence-name.ts'
import { HostConnection } from './host-connection.ts'
import { LaneNotes } from './lane-notes.ts'
import { LaneRecord } from './lane-record.ts'
import { LaneStock } from './lane-stock.ts'
import { Lane } from './lane.ts'
import { Leases } from './leases.ts'
import type { Lease } from './leases.ts'
import { CoreSharing } from './machine/core-share.ts'
import type { CoreShare } from './machine/core-share.ts'
import { MachineRoom } from './machine/machine-room.ts'
import { Run } from './run.ts'
import { SocketServer } from './socket-server.ts'
import { prepareTemplates } from './templates.ts'

/** How a host is started. */
export interface LaneHostOptions {
  readonly lanes: Lanes
  /** Absolute project root: relative paths in resources start here. */
  readonly root: string
  /** How many workers may hold a lane at the same time. */
  readonly workers: number
  /** Lanes kept ready beyond those in use. Default 1. */
  readonly spares?: number
  /** How often workers will ask for a lane: no spare is made beyond that. Default: not known. */
  readonly expected?: number
  /** Where evidence of failed tests is kept. Default `<root>/.isolane/failed`, where the newest 50 stay. */
  readonly evidenceDir?: string
  /** Lanes make their temp directories in one of the run's, which {@link LaneHost.paths} names. Default false. */
  readonly ownTemp?: boolean
  /** Runs each time before a worker gets its lane, whose servers have started. It must not reject. */
  readonly beforeLease?: () => Promise<void>
  /** Templates are built anew although they are there. Default false. */
  readonly rebuild?: boolean
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
  /** What the lane holds of the machine outside its directory, such as ports and directories. */
  readonly leases: readonly Lease[]
}

/**
 * Owner of a run's lanes. Lives in the runner's main process; workers borrow from it, in this process or
 * through its socket.
 */
export class LaneHost {
  readonly #options: LaneHostOptions
  readonly #run: Run
  readonly #notes: LaneNotes
  readonly #abort = new AbortController()
  #stock: LaneStock | undefined
  #server: SocketServer | undefined
  #temp: string | undefined
  #limit: number
  readonly #usedBy = new Map<string, string>()
  readonly #record = LaneRecord.ofRun()
  #closing: Promise<void> | undefined
  #sharing: CoreSharing | undefined

  private constructor(options: LaneHostOptions, run: Run) {
    this.#options = options
    this.#run = run
    this.#notes = new LaneNotes(run.registry)
    run.locks.beforeAsk = async (lane) => await this.#notes.writeOf(lane)
    this.#limit = options.workers + (options.spares ?? 1)
    // Everything that is under way in any lane listens to it.
    setMaxListeners(0, this.#abort.signal)
  }

  /**
   * Starts a host: sweeps what dead runs left, builds templates and makes the first lane, so that a broken
   * resource or seed contract is known before the first test. Nothing is left behind when it fails.
   */
  static async start(options: LaneHostOptions): Promise<LaneHost> {
    const { root, cacheDir, onMessage } = options
    const host = new LaneHost(options, await Run.begin({ root, cacheDir, onMessage }))
    try {
      await host.#prepare()
      return host
    } catch (error) {
      await host.close().catch(() => undefined)
      throw error
    }
  }

  /** Id (UUID) of the run. */
  get run(): string {
    return this.#run.id
  }

  /** The run's variables: with them a process finds this host. */
  get env(): Env {
    return { [laneVariables.run]: this.#run.id, [laneVariables.host]: this.#run.dir }
  }

  /** Directories that processes of the run reach their host and their lanes through. */
  get paths(): readonly string[] {
    const more = [this.#server?.ownDir, this.#temp].filter((path) => path !== undefined)
    return [this.#run.dir, ...more]
  }

  /** What all lanes hold now: for a runner that starts its workers before they have one. */
  get leases(): readonly Lease[] {
    return this.#stock?.leases ?? []
  }

  /** The most lanes there can be at once, spares included. Less than was asked for when a resource is finite. */
  get limit(): number {
    return this.#limit
  }

  /**
   * Waits for a ready lane.
   *
   * @param holder slot of the worker (1..maxWorkers) and its process id, 0 while they are not known.
   * @throws what keeps lanes from being made, when none can be made.
   */
  async acquire(holder: { slot: number; pid?: number; signal?: AbortSignal }): Promise<LeasedLane> {
    const { slot, pid = 0, signal } = holder
    const lane = await this.#lanes.take({ slot, pid }, signal)
    await this.#options.beforeLease?.()
    const env = { ...lane.env, [laneVariables.slot]: String(slot) }
    return { id: lane.id, slot, file: lane.file, env, leases: lane.leases }
  }

  /** Tells how often workers will ask for a lane from now on: no spare is made beyond that. */
  expect(lanes: number): void {
    this.#lanes.expect(lanes)
  }

  /** Tells the record, if one is kept, which worker has a lane, by the name and place that its runner gives it. */
  leased(id: string, worker: string, slot: number): void {
    this.#record?.leased(id, worker, slot)
  }

  /** Tells the record what the worker on a lane used in its sandbox; `files` are the test files that it ran. */
  usedApart(id: string, files: readonly string[], footprint: Footprint): void {
    this.#record?.usedApart(id, files, footprint)
  }

  /**
   * Takes a lane back. It is reset in the background; with new files where a resource has them when `fresh` is set,
   * replaced when `discard` is, and handed on as it is with `keep`. Harmless when it is not held.
   *
   * @param options.after what used the lane, for the message when it cannot be reset.
   */
  release(
    id: string,
    options: { discard?: boolean; fresh?: boolean; keep?: boolean; after?: string } = {},
  ): void {
    const { discard = false, fresh = false, keep = false, after } = options
    if (after !== undefined) this.#usedBy.set(id, after)
    const how = discard ? 'discard' : keep ? 'keep' : fresh ? 'fresh' : 'reset'
    this.#stock?.giveBack(id, how)
  }

  /**
   * Brings a lane that its worker keeps back to its base, connections open; or, with `fresh`, with new files where a
   * resource has them, which nobody may have open.
   *
   * @throws IsolaneError `ISOLANE_RESET` when that is not possible; the holder must give the lane back.
   */
  async reset(
    id: string,
    test?: string,
    { fresh = false }: { fresh?: boolean } = {},
  ): Promise<{ generation: number }> {
    const lane = this.#lanes.held(id)
    const outcome = await lane.reset({ fresh })
    if (!outcome.ok) {
      throw new IsolaneError('ISOLANE_RESET', {
        message: `Lane ${id} could not be reset${test === undefined ? '' : ` after "${test}"`}: ${outcome.reason}`,
        hint: fresh
          ? 'close every connection at the end of its test, or do without database: "fresh-file".'
          : 'close the transaction or connection the test leaves open, or use reset: "file".',
        details: { lane: id, reason: outcome.reason, ...(test === undefined ? {} : { test }) },
      })
    }
    this.#record?.resetInPlace(lane)
    this.#notes.changed(lane)
    return { generation: lane.generation }
  }

  /** Makes the present state of a held lane its base. */
  async rebase(id: string): Promise<void> {
    await this.#lanes.held(id).rebase()
  }

  /** Keeps what helps to understand a failed test; files go to `evidenceDir`. */
  async evidence(id: string, test: string): Promise<KeptEvidence[]> {
    const lane = this.#lanes.held(id)
    return await lane.evidence(await evidenceDirectory(this.#options, evidenceName(test, lane)))
  }

  /**
   * Records the test a held lane's worker is at, for whoever looks at the registry.
   *
   * @param at when it began, in ms since the epoch. Default: now. What is told late, of an earlier test, changes nothing.
   */
  beat(id: string, test: string | undefined, at = Date.now()): void {
    const lane = this.#lanes.held(id)
    const since = new Date(at).toISOString()
    if (lane.testSince !== undefined && since < lane.testSince) return
    lane.test = test
    lane.testSince = since
    this.#notes.changed(lane)
  }

  /** Records who holds a lane that was acquired before its worker was started. */
  held(id: string, { slot, pid }: { slot: number; pid: number }): void {
    const lane = this.#lanes.held(id)
    lane.slot = slot
    lane.pid = pid
    this.#notes.changed(lane)
  }

  /** For whom the processes of a lane wait with `lock()`: a line of text for each lock they wait for. */
  async waits(id: string): Promise<string[]> {
    return await this.#run.locks.waits(id)
  }

  /**
   * Says how many workers this run would run now, 0 for none, and gives its fair part of the machine. All live runs of
   * this user count, whether they share or not.
   */
  async share(wants: number): Promise<CoreShare> {
    const { registry, id } = this.#run
    // The variable is for tests: a directory in which `proc` and `sys` lie as on another machine.
    this.#sharing ??= new CoreSharing(registry, id, new MachineRoom(process.env['ISOLANE_MACHINE']))
    return await this.#sharing.share(wants)
  }

  /** Closes every lane and ends the run. Later calls wait for the first. Collects errors and throws all. */
  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  get #lanes(): LaneStock {
    if (this.#stock !== undefined && this.#closing === undefined) return this.#stock
    throw new IsolaneError('ISOLANE_HOST_GONE', {
      message: 'The host of this run is ending.',
      hint: 'run the tests again.',
    })
  }

  async #prepare(): Promise<void> {
    const { lanes, root, rebuild, onMessage, workers } = this.#options
    const { spares = 1, expected = Infinity } = this.#options
    const { registry, threads, id, dir } = this.#run
    this.#server = await SocketServer.listen({
      runDir: dir,
      run: id,
      connect: () => new HostConnection(this, this.#run.locks),
      lease: (path) => this.#run.leaseDirectory(path),
    })
    if (this.#options.ownTemp === true) this.#temp = await this.#run.makeTemp()
    const templates = await prepareTemplates(lanes.resources, {
      root,
      registry,
      threads,
      signal: this.#abort.signal,
      rebuild,
      progress: (message) => onMessage?.(message),
    })
    const capacity = await capacityOf(lanes.resources, registry)
    if (capacity !== undefined && capacity.lanes < this.#limit) {
      this.#limit = capacity.lanes
      if (capacity.lanes < workers) {
        onMessage?.(
          `${capacity.lanes} lanes instead of ${workers}: "${capacity.resource}" has no more to give on this machine.`,
        )
      }
    }
    this.#stock = new LaneStock({
      limit: this.#limit,
      spares,
      expected,
      plan: (number) => this.#plan(number, templates),
      onChange: (lane) => {
        this.#record?.changed(lane)
        if (lane.state === 'closed') this.#usedBy.delete(lane.id)
        this.#notes.changed(lane)
      },
      onLeft: (lane, error) => {
        const reason = error instanceof Error ? error.message : String(error)
        onMessage?.(`Lane ${lane.id} left something behind: ${reason}`)
      },
      onReplaced: ({ id }, reason) => {
        const user = this.#usedBy.get(id)
        const after = user === undefined ? '' : ` after ${user}`
        onMessage?.(
          `Lane ${id} could not be reset${after} and is replaced: ${reason.replace(/\.$/, '')}.`,
        )
      },
      onShort: (left, error) => {
        const reason = error instanceof Error ? error.message : String(error)
        onMessage?.(`No further lane can be made, the run goes on with ${left}: ${reason}`)
      },
    })
    await this.#stock.fill()
  }

  #plan(number: number, templates: ReadonlyMap<string, unknown>): Lane {
    const { id: run, dir, registry, threads } = this.#run
    const id = `${run.slice(0, 8)}-${number}`
    return new Lane({
      facts: { id, number, run, dir: laneDirPath(dir, id) },
      resources: this.#options.lanes.resources,
      templates,
      root: this.#options.root,
      runDir: dir,
      threads,
      temp: this.#temp,
      holdings: new Leases(registry.holdings({ run, lane: id })),
      signal: this.#abort.signal,
      lanesWanted: this.#limit,
    })
  }

  async #close(): Promise<void> {
    this.#record?.close()
    const reason = new IsolaneError('ISOLANE_HOST_GONE', { message: 'The run is ending.' })
    // Before the connections go: a lane whose holder they were would only be reset to be closed.
    this.#stock?.refuse(reason)
    this.#abort.abort(reason)
    this.#notes.close()
    await settleAll('The run did not end cleanly', [
      () => this.#server?.close(),
      () => this.#stock?.close(),
      () => this.#run.end(),
    ])
  }
}
