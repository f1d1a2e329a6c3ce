import { setMaxListeners } from 'node:events'
import { IsolaneError } from '@isolane/record/worker'
import type { Footprint } from '@isolane/sandbox'
import type { Env } from '../resource.ts'
import { laneVariables } from '../shared/env.ts'
import type { KeptEvidence } from '../shared/protocol.ts'
import { settleAll } from '../shared/settle-all.ts'
import { evidenceDirectory } from './evidence-directory.ts'
import { evidenceName } from './evidence-name.ts'
import { HostConnection } from './host-connection.ts'
import { LaneNotes } from './lane-notes.ts'
import { LaneRecord } from './lane-record.ts'
import type { LaneHostOptions, LeasedLane } from './lane-host-options.ts'
import type { LaneStock } from './lane-stock.ts'
import type { Lease } from './leases.ts'
import { CoreSharing } from './machine/core-share.ts'
import type { CoreShare } from './machine/core-share.ts'
import { MachineRoom } from './machine/machine-room.ts'
import { openStock } from './open-stock.ts'
import { Run } from './run.ts'
import { SocketServer } from './socket-server.ts'

export type { LaneHostOptions, LeasedLane } from './lane-host-options.ts'

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
  readonly #record: LaneRecord | undefined
  #closing: Promise<void> | undefined
  #sharing: CoreSharing | undefined

  private constructor(options: LaneHostOptions, run: Run) {
    this.#options = options
    this.#run = run
    this.#notes = new LaneNotes(run.registry)
    this.#record = LaneRecord.ofRun(options.onMessage)
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
   * @param at when it began, in ms since the epoch. Default: now. What is told late, of an earlier test, or again, changes
   * nothing.
   */
  beat(id: string, test: string | undefined, at = Date.now()): void {
    const lane = this.#lanes.held(id)
    if (lane.test !== undefined && lane.test === test) return
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
    await this.#notes.writeOf(id)
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
    const { id, dir } = this.#run
    this.#server = await SocketServer.listen({
      runDir: dir,
      run: id,
      connect: () => new HostConnection(this, this.#run.locks),
      lease: (path) => this.#run.leaseDirectory(path),
    })
    if (this.#options.ownTemp === true) this.#temp = await this.#run.makeTemp()
    const { stock, limit } = await openStock({
      options: this.#options,
      run: this.#run,
      notes: this.#notes,
      record: this.#record,
      usedBy: this.#usedBy,
      temp: this.#temp,
      signal: this.#abort.signal,
      wanted: this.#limit,
    })
    this.#limit = limit
    this.#stock = stock
    await stock.fill()
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
