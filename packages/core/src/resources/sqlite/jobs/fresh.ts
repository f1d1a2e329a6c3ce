import { existsSync } from 'node:fs'
import type { ResetOutcome } from '../../../resource.ts'
import { isBusy, sqliteDriver } from '../../../shared/sqlite-driver.ts'
import type { SqliteData } from '../data.ts'
import { cloneDatabase } from './clone.ts'

export interface FreshTask extends SqliteData {
  /** How long connections may take to be closed. */
  readonly patienceMs: number
}

export interface FreshAnswer {
  readonly outcome: ResetOutcome
  /** Identity of the new file; undefined when the old one is still there. */
  readonly file: string | undefined
}

const stillOpen =
  'a connection to the database is still open, and a new file can only take the place of one that nobody uses'

/**
 * Puts a new copy of the base in the place of a database that nobody has open. A connection outside WAL mode that is
 * doing nothing cannot be seen; it keeps the old file, and SQLite refuses what it writes (SQLITE_READONLY_DBMOVED).
 */
export function freshDatabase(task: FreshTask): FreshAnswer {
  const { path, base, template, journalMode, patienceMs } = task
  try {
    if (existsSync(path) && isOpen(path, patienceMs)) {
      return { outcome: { ok: false, reason: stillOpen }, file: undefined }
    }
    const source = existsSync(base) ? base : template
    const file = cloneDatabase({ template: source, proof: undefined, path, journalMode })
    return { outcome: { ok: true }, file }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return {
      outcome: { ok: false, reason: `no new file could be made: ${reason}` },
      file: undefined,
    }
  }
}

// In WAL mode a connection holds a shared lock for as long as it is open, otherwise while it reads or writes.
function isOpen(path: string, patienceMs: number): boolean {
  const db = new (sqliteDriver())(path, { fileMustExist: true, timeout: patienceMs })
  try {
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE')
    db.exec('ROLLBACK')
    return false
  } catch (error) {
    if (isBusy(error)) return true
    // A test may have left what is no database: nobody can be in it.
    return false
  } finally {
    db.close()
  }
}
