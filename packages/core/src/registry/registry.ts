/**
 * What all runs of this machine know of each other: runs, lanes, leases, process groups, locks.
 *
 * Invariants: a lease has one owner; an owner is alive as long as its run's main process is (pid and
 * start time); what a dead run owned is given to somebody else only after its processes have ended.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { IsolaneError } from '@isolane/record'
import { cacheDir, ensureCacheDir } from '../shared/cache-dir.ts'
import type { Holdings } from '../resource.ts'
import { endGroup } from '../shared/end-group.ts'
import { identify, isAlive, lifeOf } from '../shared/process-identity.ts'
import type { ProcessIdentity } from '../shared/process-identity.ts'
import { laneDirPath } from '../shared/protocol.ts'
import { RegistryFile } from './registry-file.ts'
import { makeRunDirectory, runsDirectory } from './run-directory.ts'
import { removeTree } from './remove-tree.ts'
import type { LaneEntry, LaneRow, LeaseOwner, LeaseRow, ProcessRow, RunRow } from './rows.ts'
import type { SweepSummary } from './rows.ts'
import { sweepRun, sweepStrayDirectories } from './sweep.ts'

/** What a run tells of itself. */
export interface NewRun {
  /** UUID. */
  readonly id: string
  /** Project root. */
  readonly root: string
  /** Default: that of this process. */
  readonly argv?: readonly string[]
}

/** Who keeps a lock from being had. */
export interface LockHolder {
  readonly pid: number
  /** When it was taken, ISO 8601 UTC. */
  readonly since: string
}

/** How {@link Registry.locked} waits. */
export interface LockOptions {
  /** Called once when the lock was not to be had within `tellAfterMs`. */
  readonly onWait?: (holder: LockHolder) => void
  /** Default 2000. */
  readonly tellAfterMs?: number
  readonly signal?: AbortSignal
}

/** A run whose main process belongs to another pid namespace is taken for dead after so long without a heartbeat. */
const unseenMs = 120_000

/** The machine's registry, opened. All methods are safe beside other processes that use it. */
export class Registry {
  /** The cache directory it lies in. */
  readonly dir: string
  readonly #file: RegistryFile
  #self: ProcessIdentity | undefined

  private constructor(dir: string, file: RegistryFile) {
    this.dir = dir
    this.#file = file
  }

  /**
   * Opens the registry in `dir` (default: {@link cacheDir}), creating what is missing.
   *
   * @throws {IsolaneError} `ISOLANE_REGISTRY` when the directory or the file cannot be used.
   */
  static async open({ dir = cacheDir() }: { dir?: string } = {}): Promise<Registry> {
    ensureCacheDir(dir)
    return new Registry(dir, await RegistryFile.open(dir))
  }

  /** Records a run of this process, makes its directory (0700, with `lanes/` in it) and gives its path. */
  async addRun({ id, root, argv = process.argv }: NewRun): Promise<string> {
    const self = await this.#identity()
    const now = new Date().toISOString()
    const dir = runsDirectory(this.dir, id)
    // The row first: a directory without one may be swept by anybody.
    await this.#file.write((file) =>
      file.change(
        `insert into runs (id, pid, start, started_at, heartbeat_at, argv, root, dir)
         values (?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[id, self.pid, self.start, now, now, JSON.stringify(argv), root, dir],
      ),
    )
    await makeRunDirectory(dir, self)
    return dir
  }

  /** Says that the run and its lanes live. Call it every few seconds. */
  async heartbeat(run: string): Promise<void> {
    const now = new Date().toISOString()
    await this.#file.write((file) => {
      file.change('update runs set heartbeat_at = ? where id = ?', now, run)
      file.change('update lanes set heartbeat_at = ? where run = ?', now, run)
    })
  }

  /** Records a lane as it is now; what `lane` leaves out is unknown from now on. */
  async setLane(lane: LaneEntry): Promise<void> {
    const now = new Date().toISOString()
    const { id, run, number, state, generation = 1, slot, workerPid, test } = lane
    const dir = laneDirPath(runsDirectory(this.dir, run), id)
    await this.#file.write((file) =>
      file.change(
        `insert into lanes (id, run, number, state, generation, slot, worker_pid, test, since, heartbeat_at, dir)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         on conflict (id) do update set
           since = iif(state = excluded.state, since, excluded.since),
           state = excluded.state, generation = excluded.generation, slot = excluded.slot,
           worker_pid = excluded.worker_pid, test = excluded.test, heartbeat_at = excluded.heartbeat_at`,
        ...[id, run, number, state, generation, slot ?? null, workerPid ?? null, test ?? null],
        ...[now, now, dir],
      ),
    )
  }

  /** Ends the process groups a lane still has, removes its directory, gives back its leases and forgets it. */
  async removeLane(lane: string): Promise<void> {
    for (const group of await this.#processes('lane', lane)) {
      if (await isAlive(group)) await endGroup(group.pid)
    }
    const [row] = await this.#file.read((file) =>
      file.rows<{ dir: string }>('select dir from lanes where id = ?', lane),
    )
    if (row) await removeTree(row.dir)
    await this.#file.write((file) => {
      file.change('delete from processes where lane = ?', lane)
      file.change('delete from leases where lane = ?', lane)
      file.change('delete from lanes where id = ?', lane)
    })
  }

  /**
   * Leases `kind`/`name` for a lane. A lease whose run is dead is taken over, after that run's
   * processes were ended.
   *
   * @returns false when another live lane holds it; true when this lane holds it now.
   */
  async lease(kind: string, name: string, owner: LeaseOwner): Promise<boolean> {
    for (;;) {
      const holder = await this.#leaseOrHolder(kind, name, owner)
      if (holder === undefined || isSame(holder, owner)) return true
      if (await this.runLives(holder.run)) return false
      await this.#clean(holder.run)
    }
  }

  /** What one lane holds of the machine, for its resources. */
  holdings(owner: LeaseOwner): Holdings {
    return {
      lease: (kind, name) => this.lease(kind, name, owner),
      release: (kind, name) => this.release(kind, name, owner),
      leased: (kind) => this.leased(kind),
      holders: (kind) => this.leases(kind),
      started: (pid) => this.started(pid, owner),
      ended: (pid) => this.ended(pid, owner),
    }
  }

  /** Gives a lease back. Harmless when `owner` does not hold it. */
  async release(kind: string, name: string, owner: LeaseOwner): Promise<void> {
    await this.#file.write((file) =>
      file.change(
        'delete from leases where kind = ? and name = ? and run = ? and lane = ?',
        ...[kind, name, owner.run, owner.lane],
      ),
    )
  }

  /** Gives back all leases of a lane. */
  async releaseAll(lane: string): Promise<void> {
    await this.#file.write((file) => file.change('delete from leases where lane = ?', lane))
  }

  /** Leases of `kind` that live runs hold. */
  async leases(kind: string): Promise<LeaseRow[]> {
    const rows = await this.#file.read((file) =>
      file.rows<LeaseRow>(
        `select leases.kind, leases.name, leases.run, leases.lane, leases.since, runs.pid
         from leases join runs on runs.id = leases.run where leases.kind = ?`,
        kind,
      ),
    )
    const dead = await this.#deadRuns(new Set(rows.map((row) => row.run)))
    return rows.filter((row) => !dead.has(row.run))
  }

  /** Names of `kind` that lanes of live runs hold. */
  async leased(kind: string): Promise<string[]> {
    return (await this.leases(kind)).map((lease) => lease.name)
  }

  /** Records a process group of a lane. Nothing is recorded when `pid` has ended already. */
  async started(pid: number, owner: LeaseOwner): Promise<void> {
    const identity = await identify(pid)
    if (identity === undefined) return
    await this.#file.write((file) =>
      file.change(
        'insert or replace into processes (run, lane, pid, start, started_at) values (?, ?, ?, ?, ?)',
        ...[owner.run, owner.lane, pid, identity.start, new Date().toISOString()],
      ),
    )
  }

  /** Forgets a process group that has ended. */
  async ended(pid: number, owner: LeaseOwner): Promise<void> {
    await this.#file.write((file) =>
      file.change('delete from processes where run = ? and pid = ?', owner.run, pid),
    )
  }

  /** All recorded runs, dead ones included until they are swept. */
  async runs(): Promise<RunRow[]> {
    const rows = await this.#file.read((file) => file.rows<StoredRun>(selectRuns))
    return rows.map(runOf)
  }

  /** All recorded lanes. */
  async lanes(): Promise<LaneRow[]> {
    return this.#file.read((file) =>
      file.rows<LaneRow>(
        `select id, run, number, dir, state, generation, slot, worker_pid as workerPid, test, since,
           heartbeat_at as heartbeatAt
         from lanes order by run, number`,
      ),
    )
  }

  /**
   * Cleans up after every dead run: ends its processes, removes its directories, forgets its leases,
   * lanes and itself. Never touches a live run, and may run in several processes at once.
   */
  async sweep(): Promise<SweepSummary> {
    let total = { runs: 0, processes: 0, directories: 0, leases: 0 }
    for (const { id } of await this.runs()) {
      if (await this.runLives(id)) continue
      total = sum(total, await this.#clean(id))
    }
    const known = new Set((await this.runs()).map((run) => run.id))
    return sum(total, await sweepStrayDirectories(this.dir, known))
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
    const token = await this.#lock(name, options)
    try {
      return await work()
    } finally {
      await this.#file.write((file) =>
        file.change('delete from locks where name = ? and token = ?', name, token),
      )
    }
  }

  /** Closes the file. Records stay. */
  async close(): Promise<void> {
    this.#file.close()
  }

  async #lock(name: string, options: LockOptions): Promise<string> {
    const { onWait, tellAfterMs = 2000, signal } = options
    const self = await this.#identity()
    const token = randomUUID()
    const tellAt = performance.now() + tellAfterMs
    let told = false
    for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 250)) {
      signal?.throwIfAborted()
      const holder = await this.#lockOrHolder(name, token, self)
      if (holder === undefined) return token
      if ((await lifeOf(holder)) === 'dead') {
        await this.#file.write((file) =>
          file.change('delete from locks where name = ? and token = ?', name, holder.token),
        )
        continue
      }
      if (!told && performance.now() >= tellAt) {
        told = true
        onWait?.({ pid: holder.pid, since: holder.since })
      }
      await delay(pauseMs * (0.5 + Math.random()), undefined, signal ? { signal } : {})
    }
  }

  #lockOrHolder(name: string, token: string, self: ProcessIdentity) {
    return this.#file.write((file) => {
      const [holder] = file.rows<ProcessIdentity & { token: string; since: string }>(
        'select token, pid, start, since from locks where name = ?',
        name,
      )
      if (holder === undefined) {
        file.change(
          'insert into locks (name, token, pid, start, since) values (?, ?, ?, ?, ?)',
          ...[name, token, self.pid, self.start, new Date().toISOString()],
        )
      }
      return holder
    })
  }

  #leaseOrHolder(kind: string, name: string, owner: LeaseOwner): Promise<LeaseOwner | undefined> {
    return this.#file.write((file) => {
      const [holder] = file.rows<LeaseOwner>(
        'select run, lane from leases where kind = ? and name = ?',
        ...[kind, name],
      )
      if (holder === undefined) {
        file.change(
          'insert into leases (kind, name, run, lane, since) values (?, ?, ?, ?, ?)',
          ...[kind, name, owner.run, owner.lane, new Date().toISOString()],
        )
      }
      return holder
    })
  }

  async #run(id: string): Promise<RunRow | undefined> {
    const [row] = await this.#file.read((file) =>
      file.rows<StoredRun>(`${selectRuns} where id = ?`, id),
    )
    return row && runOf(row)
  }

  /** True while the main process of the run lives. */
  async runLives(id: string): Promise<boolean> {
    const run = await this.#run(id)
    if (run === undefined) return false
    const life = await lifeOf(run)
    if (life === 'unseen') return Date.now() - Date.parse(run.heartbeatAt) < unseenMs
    return life === 'alive'
  }

  async #deadRuns(ids: ReadonlySet<string>): Promise<Set<string>> {
    const dead = new Set<string>()
    for (const id of ids) if (!(await this.runLives(id))) dead.add(id)
    return dead
  }

  // One cleaner at a time: the second waits, finds no row and has nothing to do.
  #clean(id: string): Promise<SweepSummary> {
    return this.locked(`run/${id}`, async () => {
      const run = await this.#run(id)
      if (run === undefined) return { runs: 0, processes: 0, directories: 0, leases: 0 }
      const leases = await this.#file.read((file) =>
        file.rows<{ kind: string; name: string }>(
          'select kind, name from leases where run = ?',
          id,
        ),
      )
      const swept = await sweepRun(run, await this.#processes('run', id), leases)
      await this.#file.write((file) => file.change('delete from runs where id = ?', id))
      return { ...swept, runs: 1, leases: leases.length }
    })
  }

  #processes(of: 'run' | 'lane', id: string): Promise<ProcessRow[]> {
    return this.#file.read((file) =>
      file.rows<ProcessRow>(`select run, lane, pid, start from processes where ${of} = ?`, id),
    )
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

type StoredRun = Omit<RunRow, 'argv'> & { readonly argv: string }

const selectRuns = `select id, pid, start, started_at as startedAt, heartbeat_at as heartbeatAt, argv,
  root, dir from runs`

function runOf(row: StoredRun): RunRow {
  return { ...row, argv: JSON.parse(row.argv) as string[] }
}

function isSame(a: LeaseOwner, b: LeaseOwner): boolean {
  return a.run === b.run && a.lane === b.lane
}

function sum(a: SweepSummary, b: SweepSummary): SweepSummary {
  return {
    runs: a.runs + b.runs,
    processes: a.processes + b.processes,
    directories: a.directories + b.directories,
    leases: a.leases + b.leases,
  }
}
