/**
 * What all runs of this machine know of each other: runs, lanes, leases, process groups, locks.
 *
 * Invariants: a lease has one owner; an owner is alive as long as its run's main process is (pid and
 * start time); what a dead run owned is given to somebody else only after its processes have ended.
 */
import { resolve } from 'node:path'
import { IsolaneError } from '@isolane/record/worker'
import { LockQueue } from '../locks/host/lock-queue.ts'
import { wakeRun } from '../locks/host/wake-run.ts'
import type { Holdings } from '../resource.ts'
import { cacheDir, ensureCacheDir } from '../shared/cache-dir.ts'
import { endGroup } from '../shared/end-group.ts'
import { identify, isAlive, lifeOf } from '../shared/process-identity.ts'
import type { ProcessIdentity } from '../shared/process-identity.ts'
import { laneDirPath } from '../shared/protocol.ts'
import { settleAll } from '../shared/settle-all.ts'
import { Locks } from './locks.ts'
import type { LockOptions } from './locks.ts'
import { laneDirectories, remainingDirectories } from './lane-directory.ts'
import { RegistryFile } from './registry-file.ts'
import { removeTree } from './remove-tree.ts'
import type { LaneEntry, LaneRow, LeaseOwner, LeaseRow, RunRow, WantRow } from './rows.ts'
import { makeRunDirectory, runsDirectory } from './run-directory.ts'
import { nothingSwept, sumOf } from './sweep-summary.ts'
import type { SweepSummary } from './sweep-summary.ts'
import { sweepRun, sweepStrayDirectories } from './sweep.ts'
import { Tables } from './tables.ts'

/** What a run tells of itself. */
export interface NewRun {
  /** UUID. */
  readonly id: string
  /** Project root. */
  readonly root: string
  /** Default: that of this process. */
  readonly argv?: readonly string[]
}

/** A run whose main process is in another pid namespace is taken for dead after so long without a heartbeat. */
const unseenMs = 120_000

/** The machine's registry, opened. All methods are safe beside other processes that use it. */
export class Registry {
  /** The cache directory it lies in, absolute. */
  readonly dir: string
  /** The locks that tests ask for, of all runs. */
  readonly lockQueue: LockQueue
  readonly #file: RegistryFile
  readonly #tables: Tables
  readonly #locks: Locks
  #self: ProcessIdentity | undefined

  private constructor(dir: string, file: RegistryFile) {
    this.dir = dir
    this.#file = file
    this.#tables = new Tables(file)
    this.#locks = new Locks(file)
    this.lockQueue = new LockQueue(file)
  }

  /**
   * Opens the registry in `dir` (default: {@link cacheDir}), creating what is missing.
   *
   * @throws {IsolaneError} `ISOLANE_REGISTRY` when the directory or the file cannot be used.
   */
  static async open({ dir = cacheDir() }: { dir?: string } = {}): Promise<Registry> {
    const path = ensureCacheDir(resolve(dir))
    return new Registry(path, await RegistryFile.open(path))
  }

  /** Records a run of this process, makes its directory (0700, with `lanes/` in it) and gives its path. */
  async addRun({ id, root, argv = process.argv }: NewRun): Promise<string> {
    const self = await this.#identity()
    const startedAt = now()
    const dir = runsDirectory(this.dir, id)
    // The row first: a directory without one may be swept by anybody.
    await this.#tables.addRun({ id, ...self, startedAt, heartbeatAt: startedAt, argv, root, dir })
    await makeRunDirectory(dir, self)
    return dir
  }

  /** Says that the run and its lanes live. Call it every few seconds. */
  async heartbeat(run: string): Promise<void> {
    await this.#tables.heartbeat(run, now())
  }

  /** Records lanes as they are now. What an entry leaves out is unknown from now on. */
  async setLanes(lanes: readonly LaneEntry[]): Promise<void> {
    const heartbeatAt = now()
    const rows = lanes.map((lane) => {
      const dir = laneDirPath(runsDirectory(this.dir, lane.run), lane.id)
      return { generation: 1, ...lane, dir, heartbeatAt }
    })
    await this.#tables.setLanes(rows)
  }

  /** Records how many workers a run that shares the machine's cores would run now. */
  async setWants(run: string, wants: number): Promise<void> {
    await this.#tables.setWants(run, wants)
  }

  /** How many workers the live runs would run now, oldest first. */
  async wants(): Promise<WantRow[]> {
    const live: WantRow[] = []
    for (const row of await this.#tables.wants()) if (await this.runLives(row.run)) live.push(row)
    return live
  }

  /**
   * Ends the process groups a lane still has, removes its directories, gives back its leases and forgets it. A directory
   * that stays remains leased, for whoever ends its run.
   */
  async removeLane(lane: string): Promise<void> {
    for (const group of await this.#tables.processes('lane', lane)) {
      if (await isAlive(group)) await endGroup(group.pid)
    }
    const dir = await this.#tables.laneDir(lane)
    const leases = await this.#tables.leases('lane', lane)
    const paths = [...(dir === undefined ? [] : [dir]), ...laneDirectories(leases)]
    try {
      await settleAll(
        `Not every directory of lane ${lane} could be removed`,
        paths.map((path) => () => removeTree(path)),
      )
    } finally {
      await this.#tables.removeLane(lane, await remainingDirectories(leases))
    }
  }

  /**
   * Leases `kind`/`name` for a lane. A lease whose run is dead is taken over, after everything that run
   * left was cleaned up.
   *
   * @returns false when another live lane holds it; true when this lane holds it now.
   */
  async lease(kind: string, name: string, owner: LeaseOwner): Promise<boolean> {
    for (;;) {
      const holder = await this.#tables.lease(kind, name, owner, now())
      if (holder === undefined) return true
      if (holder.run === owner.run) return holder.lane === owner.lane
      if (await this.runLives(holder.run)) return false
      await this.#clean(holder.run)
    }
  }

  /** Gives a lease back. Harmless when `owner` does not hold it. */
  async release(kind: string, name: string, owner: LeaseOwner): Promise<void> {
    await this.#tables.release(kind, name, owner)
  }

  /** Leases of `kind` that live runs hold. */
  async leases(kind: string): Promise<LeaseRow[]> {
    const rows = await this.#tables.leases('kind', kind)
    const live = new Map<string, boolean>()
    for (const { run } of rows) if (!live.has(run)) live.set(run, await this.runLives(run))
    return rows.filter((row) => live.get(row.run))
  }

  /** Names of `kind` that lanes of live runs hold. */
  async leased(kind: string): Promise<string[]> {
    return (await this.leases(kind)).map((lease) => lease.name)
  }

  /** Records a process group of a lane. Nothing is recorded when `pid` has ended already. */
  async started(pid: number, owner: LeaseOwner): Promise<void> {
    const identity = await identify(pid)
    if (identity !== undefined) await this.#tables.addProcess(identity, owner, now())
  }

  /** Forgets a process group that has ended. */
  async ended(pid: number, owner: LeaseOwner): Promise<void> {
    await this.#tables.removeProcess(pid, owner.run)
  }

  /** What one lane holds of the machine, for its resources. */
  holdings({ run, lane }: LeaseOwner): Holdings {
    const owner = { run, lane }
    return {
      lease: (kind, name) => this.lease(kind, name, owner),
      release: (kind, name) => this.release(kind, name, owner),
      leased: (kind) => this.leased(kind),
      holders: (kind) => this.leases(kind),
      started: (pid) => this.started(pid, owner),
      ended: (pid) => this.ended(pid, owner),
    }
  }

  /** All recorded runs, oldest first; dead ones included until they are swept. */
  async runs(): Promise<RunRow[]> {
    return this.#tables.runs()
  }

  /** All recorded lanes. */
  async lanes(): Promise<LaneRow[]> {
    return this.#tables.lanes()
  }

  /** True while the main process of the run lives. */
  async runLives(id: string): Promise<boolean> {
    const run = await this.#tables.run(id)
    if (run === undefined) return false
    const life = await lifeOf(run)
    if (life === 'unseen') return Date.now() - Date.parse(run.heartbeatAt) < unseenMs
    return life === 'alive'
  }

  /**
   * Cleans up after every dead run: ends its processes, removes its directories, forgets its leases,
   * lanes and itself. Never touches a live run, and may run in several processes at once. A directory that cannot be
   * removed is told, and the next sweep tries again.
   */
  async sweep(): Promise<SweepSummary> {
    let total = nothingSwept
    for (const { id } of await this.#tables.runs()) {
      if (!(await this.runLives(id))) total = sumOf(total, await this.#clean(id))
    }
    // The directories first: a run that is added meanwhile has its row before its directory.
    const strays = await sweepStrayDirectories(
      this.dir,
      async (id) => (await this.#tables.run(id)) !== undefined,
    )
    return sumOf(total, strays)
  }

  /** Ends a run: what `sweep` does for a dead one, whoever its main process is. Harmless when it is over. */
  async endRun(run: string): Promise<SweepSummary> {
    return this.#clean(run)
  }

  /**
   * Runs `work` while this process holds the machine-wide lock `name`, which is freed when its holder
   * dies. Not reentrant.
   */
  async locked<T>(name: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
    const token = await this.#locks.take(name, await this.#identity(), options)
    try {
      return await work()
    } finally {
      await this.#locks.give(name, token)
    }
  }

  /** Closes the file, after the writes under way. Records stay. */
  async close(): Promise<void> {
    await this.#file.close()
  }

  // One cleaner at a time: the second waits, finds no row and has nothing to do.
  #clean(id: string): Promise<SweepSummary> {
    return this.locked(`run/${id}`, async () => {
      const run = await this.#tables.run(id)
      if (run === undefined) return nothingSwept
      const leases = await this.#tables.leases('run', id)
      const swept = await sweepRun(run, await this.#tables.processes('run', id), leases)
      const kept = await remainingDirectories(leases)
      const isOver = kept.length === 0
      if (isOver) await this.#tables.removeRun(id)
      else await this.#tables.keepDirectories(id, kept)
      // Its locks went with it.
      const waiting = new Set((await this.lockQueue.settle()).map((granted) => granted.run))
      await Promise.all([...waiting].map((waiter) => wakeRun(this.dir, waiter)))
      return { ...swept, runs: isOver ? 1 : 0, leases: leases.length - kept.length }
    })
  }

  async #identity(): Promise<ProcessIdentity> {
    this.#self ??= await identify(process.pid)
    if (this.#self === undefined) {
      throw new IsolaneError('ISOLANE_REGISTRY', {
        message: `Cannot tell when this process (pid ${process.pid}) started.`,
        hint: 'make /proc (Linux), ps (macOS) or powershell.exe (Windows) usable for this process.',
        details: { pid: process.pid, platform: process.platform },
      })
    }
    return this.#self
  }
}

function now(): string {
  return new Date().toISOString()
}
