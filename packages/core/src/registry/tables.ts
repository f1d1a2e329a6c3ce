/**
 * The statements behind {@link Registry}: each method is one transaction and knows nothing of who is
 * alive.
 */
import type { ProcessIdentity } from '../shared/process-identity.ts'
import { directoryLease } from './lane-directory.ts'
import type { RegistryFile } from './registry-file.ts'
import type {
  LaneEntry,
  LaneRow,
  LeaseOwner,
  LeaseRow,
  ProcessRow,
  RunRow,
  WantRow,
} from './rows.ts'

type StoredRun = Omit<RunRow, 'argv'> & { readonly argv: string }

const selectRuns = `select id, pid, start, started_at as startedAt, heartbeat_at as heartbeatAt, argv,
  root, dir from runs`

export class Tables {
  readonly #file: RegistryFile

  constructor(file: RegistryFile) {
    this.#file = file
  }

  async addRun(run: RunRow): Promise<void> {
    await this.#file.write((file) =>
      file.change(
        `insert into runs (id, pid, start, started_at, heartbeat_at, argv, root, dir)
         values (?, ?, ?, ?, ?, ?, ?, ?)`,
        run.id,
        run.pid,
        run.start,
        run.startedAt,
        run.heartbeatAt,
        JSON.stringify(run.argv),
        run.root,
        run.dir,
      ),
    )
  }

  async run(id: string): Promise<RunRow | undefined> {
    const rows = await this.#file.read((file) =>
      file.rows<StoredRun>(`${selectRuns} where id = ?`, id),
    )
    return rows.map(runOf)[0]
  }

  async runs(): Promise<RunRow[]> {
    const rows = await this.#file.read((file) =>
      file.rows<StoredRun>(`${selectRuns} order by started_at, id`),
    )
    return rows.map(runOf)
  }

  async removeRun(id: string): Promise<void> {
    await this.#file.write((file) => file.change('delete from runs where id = ?', id))
  }

  /** Forgets all of a run but directories that stay. From now on it counts as dead, so that every sweep tries again. */
  async keepDirectories(id: string, directories: readonly string[]): Promise<void> {
    await this.#file.write((file) => {
      for (const table of ['lanes', 'processes', 'lock_requests']) {
        file.change(`delete from ${table} where run = ?`, id)
      }
      file.change(`delete from leases where run = ? and ${isOther}`, id, ...values(directories))
      // No process has this start.
      file.change(`update runs set start = '', wants = null where id = ?`, id)
    })
  }

  async heartbeat(run: string, now: string): Promise<void> {
    await this.#file.write((file) => {
      file.change('update runs set heartbeat_at = ? where id = ?', now, run)
      file.change('update lanes set heartbeat_at = ? where run = ?', now, run)
    })
  }

  async setLanes(lanes: readonly (Omit<LaneRow, 'since'> & Pick<LaneEntry, 'since'>)[]) {
    await this.#file.write((file) => {
      for (const lane of lanes) {
        file.change(
          `insert into lanes (id, run, number, state, generation, slot, worker_pid, test, test_since, since,
             heartbeat_at, dir)
           values (?, ?, ?, ?, ?, ?, ?, ?, ?, coalesce(?, ?), ?, ?)
           on conflict (id) do update set
             since = coalesce(?, iif(state = excluded.state, since, excluded.since)),
             state = excluded.state, generation = excluded.generation, slot = excluded.slot,
             worker_pid = excluded.worker_pid, test = excluded.test, test_since = excluded.test_since,
             heartbeat_at = excluded.heartbeat_at`,
          lane.id,
          lane.run,
          lane.number,
          lane.state,
          lane.generation,
          lane.slot ?? null,
          lane.workerPid ?? null,
          lane.test ?? null,
          lane.testSince ?? null,
          lane.since ?? null,
          lane.heartbeatAt,
          lane.heartbeatAt,
          lane.dir,
          lane.since ?? null,
        )
      }
    })
  }

  async setWants(run: string, wants: number): Promise<void> {
    await this.#file.write((file) =>
      file.change('update runs set wants = ? where id = ?', wants, run),
    )
  }

  wants(): Promise<WantRow[]> {
    return this.#file.read((file) =>
      file.rows<WantRow>(
        `select id as run, pid, start, root, wants, (select count(*) from lanes
           where lanes.run = runs.id and lanes.state = 'leased' and lanes.slot > 0) as busy
         from runs order by started_at, id`,
      ),
    )
  }

  lanes(): Promise<LaneRow[]> {
    return this.#file.read((file) =>
      file.rows<LaneRow>(
        `select id, run, number, state, generation, slot, worker_pid as workerPid, test,
           test_since as testSince, since, heartbeat_at as heartbeatAt, dir
         from lanes order by run, number`,
      ),
    )
  }

  async laneDir(id: string): Promise<string | undefined> {
    const rows = await this.#file.read((file) =>
      file.rows<{ dir: string }>('select dir from lanes where id = ?', id),
    )
    return rows[0]?.dir
  }

  /** Forgets a lane, but not its leases of `directories`. */
  async removeLane(id: string, directories: readonly string[]): Promise<void> {
    await this.#file.write((file) => {
      file.change('delete from processes where lane = ?', id)
      file.change(`delete from leases where lane = ? and ${isOther}`, id, ...values(directories))
      file.change('delete from lanes where id = ?', id)
    })
  }

  /** Inserts the lease when nobody holds it; else gives who does. */
  lease(kind: string, name: string, owner: LeaseOwner, now: string) {
    return this.#file.write((file) => {
      const [holder] = file.rows<LeaseOwner>(
        'select run, lane from leases where kind = ? and name = ?',
        kind,
        name,
      )
      if (holder === undefined) {
        file.change(
          'insert into leases (kind, name, run, lane, since) values (?, ?, ?, ?, ?)',
          kind,
          name,
          owner.run,
          owner.lane,
          now,
        )
      }
      return holder
    })
  }

  async release(kind: string, name: string, owner: LeaseOwner): Promise<void> {
    await this.#file.write((file) =>
      file.change(
        'delete from leases where kind = ? and name = ? and run = ? and lane = ?',
        kind,
        name,
        owner.run,
        owner.lane,
      ),
    )
  }

  leases(of: 'kind' | 'run' | 'lane', value: string): Promise<LeaseRow[]> {
    return this.#file.read((file) =>
      file.rows<LeaseRow>(
        `select leases.kind, leases.name, leases.run, leases.lane, leases.since, runs.pid
         from leases join runs on runs.id = leases.run where leases.${of} = ?`,
        value,
      ),
    )
  }

  async addProcess(process: ProcessIdentity, owner: LeaseOwner, now: string): Promise<void> {
    await this.#file.write((file) =>
      file.change(
        'insert or replace into processes (run, lane, pid, start, started_at) values (?, ?, ?, ?, ?)',
        owner.run,
        owner.lane,
        process.pid,
        process.start,
        now,
      ),
    )
  }

  async removeProcess(pid: number, run: string): Promise<void> {
    await this.#file.write((file) =>
      file.change('delete from processes where run = ? and pid = ?', run, pid),
    )
  }

  processes(of: 'run' | 'lane', id: string): Promise<ProcessRow[]> {
    return this.#file.read((file) =>
      file.rows<ProcessRow>(`select run, lane, pid, start from processes where ${of} = ?`, id),
    )
  }
}

/** True of a lease that is of none of the directories in {@link values}. */
const isOther = 'not (kind = ? and name in (select value from json_each(?)))'

function values(directories: readonly string[]): [kind: string, names: string] {
  return [directoryLease, JSON.stringify(directories)]
}

function runOf(row: StoredRun): RunRow {
  return { ...row, argv: JSON.parse(row.argv) as string[] }
}
