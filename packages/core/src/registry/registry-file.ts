/**
 * The registry's file: `<cache directory>/registry.db`, SQLite in WAL mode, 0600.
 *
 * Every access is one tiny transaction. SQLite may block this process for `busyMs` only; what is
 * still busy then is tried again later, so that a runner's main process stays responsive.
 */
import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, openSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { IsolaneError } from '@isolane/record/worker'
import type Database from 'better-sqlite3'
import { sqliteDriver } from '../shared/sqlite-driver.ts'
import { migrate, schemaVersion, versionOf } from './schema.ts'

const busyMs = 15
const deadlineMs = 20_000

type Bindable = string | number | null

/** The registry's file, opened. */
export class RegistryFile {
  readonly path: string
  readonly #database: Database.Database
  #writes: Promise<unknown> = Promise.resolve()
  readonly #statements = new Map<string, Database.Statement<Bindable[]>>()

  private constructor(path: string, database: Database.Database) {
    this.path = path
    this.#database = database
  }

  /**
   * Opens `<dir>/registry.db` and creates it when it is missing. A broken file is moved aside.
   *
   * @throws {IsolaneError} `ISOLANE_REGISTRY` when it was written by a newer Isolane, or cannot be opened.
   */
  static async open(dir: string): Promise<RegistryFile> {
    const path = join(dir, 'registry.db')
    return new RegistryFile(path, await patiently(path, () => openOrRemake(dir, path)))
  }

  /** Runs `work` in one immediate transaction. It may run more than once: it must not act on anything else. */
  write<T>(work: (file: this) => T): Promise<T> {
    // In the order of the calls: one that has to wait must not undo a later one.
    const written = this.#writes.then(() =>
      patiently(this.path, () => this.#database.transaction(() => work(this)).immediate()),
    )
    this.#writes = written.catch(() => {})
    return written
  }

  /** Runs `work` on one consistent state of the registry. */
  read<T>(work: (file: this) => T): Promise<T> {
    return patiently(this.path, () => this.#database.transaction(() => work(this)).deferred())
  }

  /** Executes one statement and gives the number of rows it changed. */
  change(sql: string, ...values: Bindable[]): number {
    return this.#statement(sql).run(...values).changes
  }

  /** Gives all rows of a query. `Row` is what its columns are known to hold. */
  rows<Row>(sql: string, ...values: Bindable[]): Row[] {
    return this.#statement(sql).all(...values) as Row[]
  }

  /** Closes the file, after the writes under way. */
  async close(): Promise<void> {
    await this.#writes
    this.#database.close()
  }

  #statement(sql: string): Database.Statement<Bindable[]> {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#database.prepare<Bindable[]>(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

function openOrRemake(dir: string, path: string): Database.Database {
  try {
    return openHealthy(path)
  } catch (error) {
    if (!isBroken(error)) throw error
    moveAside(dir, path)
    return openHealthy(path)
  }
}

function openHealthy(path: string): Database.Database {
  makePrivate(path)
  const database = new (sqliteDriver())(path, { timeout: busyMs })
  try {
    const version = versionOf(database)
    if (version > schemaVersion) throw tooNew(path, version)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    database.pragma('foreign_keys = ON')
    if (version < schemaVersion) database.transaction(() => migrate(database)).immediate()
    else if (database.pragma('quick_check(1)', { simple: true }) !== 'ok') throw new BrokenFile()
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

// SQLite gives the files beside it the mode of the database file. One that is there is not opened: closing it would drop
// every POSIX lock of this process on it, those of other connections among them. https://www.sqlite.org/howtocorrupt.html
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

// Two processes may find the same broken file. The second must not move the first one's new file
// aside, so both look again while they hold a lock that the kernel frees with its holder.
function moveAside(dir: string, path: string): void {
  const lockPath = join(dir, 'repair.db')
  makePrivate(lockPath)
  const lock = new (sqliteDriver())(lockPath, { timeout: busyMs })
  try {
    lock.exec('begin exclusive')
    try {
      openHealthy(path).close()
      return
    } catch (error) {
      if (!isBroken(error)) throw error
    }
    const aside = `${path}.broken-${randomUUID().slice(0, 8)}`
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
    }
  } finally {
    lock.close()
  }
}

class BrokenFile extends Error {}

function isBroken(error: unknown): boolean {
  if (error instanceof BrokenFile) return true
  const code = codeOf(error)
  return code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')
}

function isBusy(error: unknown): boolean {
  const code = codeOf(error)
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')
}

function codeOf(error: unknown): string {
  return error instanceof sqliteDriver().SqliteError ? error.code : ''
}

async function patiently<T>(path: string, work: () => T): Promise<T> {
  const deadline = performance.now() + deadlineMs
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 60)) {
    try {
      return work()
    } catch (error) {
      if (error instanceof IsolaneError) throw error
      if (!isBusy(error) || performance.now() >= deadline) throw unusable(path, error)
    }
    // Jitter, so that processes that met once do not meet again.
    await delay(pauseMs * (0.5 + Math.random()))
  }
}

function unusable(path: string, cause: unknown): IsolaneError {
  const { reason, hint } = explain(cause)
  return new IsolaneError('ISOLANE_REGISTRY', {
    message: `Cannot use the registry ${path}: ${reason}.`,
    hint,
    details: { path, reason },
    cause,
  })
}

function explain(cause: unknown): { readonly reason: string; readonly hint: string } {
  if (isBusy(cause)) {
    return {
      reason: `other processes kept it locked for ${deadlineMs} ms`,
      hint: 'end the process that keeps it open, or set ISOLANE_CACHE_DIR to another directory.',
    }
  }
  if (['SQLITE_CONSTRAINT_FOREIGNKEY', 'SQLITE_READONLY_DBMOVED'].includes(codeOf(cause))) {
    return {
      reason: 'it no longer knows this run',
      hint: 'start the run again, and remove the cache directory only while no run uses it.',
    }
  }
  return {
    reason: cause instanceof Error ? cause.message : String(cause),
    hint: 'set ISOLANE_CACHE_DIR to a directory on a local disk that this user can write to.',
  }
}

function tooNew(path: string, version: number): IsolaneError {
  return new IsolaneError('ISOLANE_REGISTRY', {
    message: `The registry ${path} was written by a newer Isolane: its version is ${version}, this one reads up to ${schemaVersion}.`,
    hint: 'update the @isolane packages of this project, or set ISOLANE_CACHE_DIR to a directory of its own.',
    details: { path, version, supported: schemaVersion },
  })
}
