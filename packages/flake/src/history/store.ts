/**
 * The history of a project: `.isolane/history.db`, SQLite, one row for every run of `isolane flake`, one
 * for every test in it, one for every finding. Made to be kept by a CI's cache: it is one file at any
 * time (no WAL), and the oldest runs go when there are too many.
 */
import { closeSync, existsSync, openSync, renameSync } from 'node:fs'
import { IsolaneError } from '@isolane/record'
import type { Database } from 'better-sqlite3'

/** Name of the history, in the directory `.isolane`. */
export const historyFile = 'history.db'

const schemaVersion = 1
const busyMs = 5000

const schema = `
  create table runs (
    n integer primary key,
    id text not null unique,
    started_at text not null,
    commit_id text,
    command text not null,
    tests integer not null,
    failed integer not null,
    exit_code integer not null,
    wall_ms real not null,
    experiments_ms real not null,
    only_flaky integer not null
  );
  create index runs_started on runs (started_at);
  create table tests (n integer primary key, key text not null unique);
  -- Of the command as it is. outcome: place in the list of outcomes below.
  create table results (
    run integer not null references runs (n) on delete cascade,
    test integer not null references tests (n),
    outcome integer not null,
    runs integer not null,
    failures integer not null,
    primary key (run, test)
  ) without rowid;
  create table findings (
    run integer not null references runs (n) on delete cascade,
    test integer not null references tests (n),
    verdict text not null,
    mechanism text,
    cause text not null,
    confidence real not null,
    -- Of the experiments beside other tests, and alone.
    parallel_runs integer not null,
    parallel_failures integer not null,
    alone_runs integer not null,
    alone_failures integer not null,
    lost_ms real not null,
    primary key (run, test)
  ) without rowid;
  pragma user_version = ${schemaVersion};
`

/** What a test came to in a run of the command; the history holds the place in this list. */
export const outcomes = ['passed', 'failed', 'skipped', 'missing'] as const

/**
 * Opens a history, and makes it when it is not there. A damaged one is moved aside, beside it.
 *
 * @param onDamage gets the path that the damaged file has now.
 * @throws `ISOLANE_RECORD` when it was written by a newer Isolane, or cannot be opened.
 */
export async function openHistory(
  path: string,
  onDamage: (aside: string) => void = () => {},
): Promise<Database> {
  const Sqlite = await loadSqlite(path)
  const open = (): Database => {
    closeSync(openSync(path, 'a', 0o600))
    const database = new Sqlite(path, { timeout: busyMs })
    try {
      prepare(database, path)
      return database
    } catch (error) {
      database.close()
      throw error
    }
  }
  try {
    try {
      return open()
    } catch (error) {
      if (!isDamage(error)) throw error
      const aside = `${path}.damaged-${Date.now()}`
      renameSync(path, aside)
      if (existsSync(`${path}-journal`)) renameSync(`${path}-journal`, `${aside}-journal`)
      onDamage(aside)
      return open()
    }
  } catch (error) {
    throw refusal(path, error)
  }
}

/**
 * Reads from a history that is there, and changes nothing: what is none stays as it is.
 *
 * @throws `ISOLANE_RECORD` when it is no history, was written by a newer Isolane, or cannot be read.
 */
export async function readKept<T>(path: string, read: (database: Database) => T): Promise<T> {
  const Sqlite = await loadSqlite(path)
  let database: Database | undefined
  try {
    database = new Sqlite(path, { timeout: busyMs, fileMustExist: true })
    const version: unknown = database.pragma('user_version', { simple: true })
    if (version !== schemaVersion) throw version === 0 ? foreign(path) : newer(path, version)
    return read(database)
  } catch (error) {
    throw isDamage(error) ? foreign(path, error) : refusal(path, error)
  } finally {
    database?.close()
  }
}

async function loadSqlite(path: string) {
  const { default: Sqlite } = await import('better-sqlite3').catch((cause: unknown) => {
    throw unusable(path, 'better-sqlite3 cannot be loaded', 'install isolane again.', cause)
  })
  return Sqlite
}

function prepare(database: Database, path: string): void {
  database.pragma('foreign_keys = on')
  const version = (): unknown => database.pragma('user_version', { simple: true })
  if (version() === 0) {
    database
      .transaction(() => {
        // Another process may have made it since.
        if (version() === 0) database.exec(schema)
      })
      .immediate()
  }
  if (version() !== schemaVersion) throw newer(path, version())
}

function newer(path: string, version: unknown): IsolaneError {
  return unusable(
    path,
    `it has version ${String(version)}, and this Isolane reads ${schemaVersion}`,
    'update isolane: npm install --save-dev isolane@latest',
  )
}

function foreign(path: string, cause?: unknown): IsolaneError {
  return unusable(
    path,
    'it is none, or it is damaged',
    'name the file that isolane flake keeps, .isolane/history.db; its next run begins a damaged one anew.',
    cause,
  )
}

function refusal(path: string, error: unknown): IsolaneError {
  if (error instanceof IsolaneError) return error
  const why = error instanceof Error ? error.message : String(error)
  return unusable(path, why, 'check who may write to the file, or remove it.', error)
}

function isDamage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')
}

function unusable(path: string, why: string, hint: string, cause?: unknown): IsolaneError {
  return new IsolaneError('ISOLANE_RECORD', {
    message: `Cannot use the history ${path}: ${why}`,
    hint,
    details: { path },
    cause,
  })
}
