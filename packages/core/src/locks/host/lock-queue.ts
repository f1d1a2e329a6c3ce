/**
 * The queue of all locks of the machine, in the registry.
 *
 * A request is a ticket with names; tickets only rise. It holds its names exactly when no earlier
 * ticket that excludes it on one of them is left, so removing a ticket is all it takes to hand a lock
 * over, whoever removes it and however it came to that. It follows that all names are held or none,
 * that nobody overtakes, and that tickets never wait for each other in a circle. `held_since` only
 * remembers when somebody saw that a ticket holds.
 */
import type { RegistryFile } from '../../registry/registry-file.ts'

/** What a request is recorded with. */
export interface LockAsk {
  readonly run: string
  readonly lane: string | undefined
  readonly pid: number
  /** Where `pid` is meant; see `pidSpace()`. */
  readonly pidSpace: string
  readonly names: readonly string[]
  readonly exclusive: boolean
}

/** A ticket that holds its names now, and the run whose it is. */
export interface Granted {
  readonly ticket: number
  readonly run: string
}

/** A name that an earlier ticket keeps from a waiting one, with what is known of the former. */
export interface BlockerRow {
  readonly ticket: number
  readonly name: string
  readonly exclusive: 0 | 1
  readonly askedAt: string
  /** Null while it waits too. */
  readonly heldSince: string | null
  readonly pid: number
  readonly pidSpace: string
  readonly run: string
  /** Project root of that run. */
  readonly root: string
  readonly lane: string | null
  /** What runs on that lane now, as far as its runner says it. */
  readonly test: string | null
}

const excluded = `select 1 from lock_names own join lock_names earlier
    on earlier.name = own.name and earlier.ticket < own.ticket and (own.exclusive or earlier.exclusive)
  where own.ticket = lock_requests.ticket`

const waitingFree = `held_since is null and not exists (${excluded})`

export class LockQueue {
  readonly #file: RegistryFile

  constructor(file: RegistryFile) {
    this.#file = file
  }

  /** Takes a ticket, which holds its names at once when nothing excludes it. */
  ask(ask: LockAsk): Promise<{ readonly ticket: number; readonly held: boolean }> {
    const exclusive = Number(ask.exclusive)
    return this.#file.write((file) => {
      const held = ask.names.every(
        (name) =>
          file.rows(
            'select 1 from lock_names where name = ? and (? or exclusive) limit 1',
            name,
            exclusive,
          ).length === 0,
      )
      const at = now()
      const [row] = file.rows<{ readonly ticket: number }>(
        `insert into lock_requests (run, lane, pid, pid_space, asked_at, held_since)
         values (?, ?, ?, ?, ?, ?) returning ticket`,
        ask.run,
        ask.lane ?? null,
        ask.pid,
        ask.pidSpace,
        at,
        held ? at : null,
      )
      const { ticket } = row as { readonly ticket: number }
      for (const name of ask.names) {
        file.change(
          'insert into lock_names (name, ticket, exclusive) values (?, ?, ?)',
          name,
          ticket,
          exclusive,
        )
      }
      return { ticket, held }
    })
  }

  /** Removes a ticket, and gives those that hold now. */
  give(ticket: number): Promise<Granted[]> {
    return this.#file.write((file) => {
      remove(file, ticket)
      return settled(file)
    })
  }

  /** Removes a ticket that still waits. Undefined when it holds by now: then it stays. */
  withdraw(
    ticket: number,
  ): Promise<{ blockers: BlockerRow[]; readonly granted: Granted[] } | undefined> {
    return this.#file.write((file) => {
      const blockers = blockersOf(file, ticket)
      if (blockers.length === 0) return undefined
      remove(file, ticket)
      return { blockers, granted: settled(file) }
    })
  }

  /** Remembers who holds by now, and gives them. For after a removal that was not `give`: a run's. */
  async settle(): Promise<Granted[]> {
    const free = await this.#file.read((file) =>
      file.rows(`select 1 from lock_requests where ${waitingFree} limit 1`),
    )
    return free.length === 0 ? [] : await this.#file.write(settled)
  }

  /** Tickets of a run that hold. */
  async held(run: string): Promise<number[]> {
    const rows = await this.#file.read((file) =>
      file.rows<{ readonly ticket: number }>(
        'select ticket from lock_requests where run = ? and held_since is not null',
        run,
      ),
    )
    return rows.map(({ ticket }) => ticket)
  }

  /** Why a ticket waits: every earlier one that excludes it, by name, oldest first. */
  blockers(ticket: number): Promise<BlockerRow[]> {
    return this.#file.read((file) => blockersOf(file, ticket))
  }

  /** Tickets of a lane that wait. */
  async waiting(lane: string): Promise<number[]> {
    const rows = await this.#file.read((file) =>
      file.rows<{ readonly ticket: number }>(
        'select ticket from lock_requests where lane = ? and held_since is null order by ticket',
        lane,
      ),
    )
    return rows.map(({ ticket }) => ticket)
  }

  /** Other runs that a waiting ticket of `run` is behind. */
  async runsBefore(run: string): Promise<string[]> {
    const rows = await this.#file.read((file) =>
      file.rows<{ readonly run: string }>(
        `select distinct before.run as run
         from lock_requests waiter
           join lock_names own on own.ticket = waiter.ticket
           join lock_names earlier on earlier.name = own.name and earlier.ticket < own.ticket
             and (own.exclusive or earlier.exclusive)
           join lock_requests before on before.ticket = earlier.ticket
         where waiter.run = ? and waiter.held_since is null and before.run <> waiter.run`,
        run,
      ),
    )
    return rows.map((row) => row.run)
  }
}

function remove(file: RegistryFile, ticket: number): void {
  // The names go with it: foreign keys are on.
  file.change('delete from lock_requests where ticket = ?', ticket)
}

function settled(file: RegistryFile): Granted[] {
  return file.rows<Granted>(
    `update lock_requests set held_since = ? where ${waitingFree} returning ticket, run`,
    now(),
  )
}

function blockersOf(file: RegistryFile, ticket: number): BlockerRow[] {
  return file.rows<BlockerRow>(
    `select before.ticket, earlier.name, earlier.exclusive, before.asked_at as askedAt,
       before.held_since as heldSince, before.pid, before.pid_space as pidSpace, before.run,
       runs.root, before.lane, lanes.test
     from lock_names own
       join lock_names earlier on earlier.name = own.name and earlier.ticket < own.ticket
         and (own.exclusive or earlier.exclusive)
       join lock_requests before on before.ticket = earlier.ticket
       join runs on runs.id = before.run
       left join lanes on lanes.id = before.lane
     where own.ticket = ?
     order by before.ticket, earlier.name`,
    ticket,
  )
}

function now(): string {
  return new Date().toISOString()
}
