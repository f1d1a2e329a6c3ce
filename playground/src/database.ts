import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'

/** An open connection to the course records. */
export type Database = Sqlite.Database

/**
 * Opens the database that `url` names and switches on what the schema relies on. The schema is not
 * created here: `db/create.ts` does that.
 *
 * @param url a `file:` URL, absolute (`file:///tmp/records.db`) or relative (`file:records.db`).
 */
export function openDatabase(url: string): Database {
  const database = new Sqlite(pathOf(url), { fileMustExist: true })
  database.pragma('journal_mode = WAL')
  database.pragma('foreign_keys = ON')
  database.pragma('busy_timeout = 5000')
  return database
}

/** The path that a `file:` URL names. */
export function pathOf(url: string): string {
  if (url.startsWith('file:///')) return fileURLToPath(url)
  if (url.startsWith('file:')) return decodeURIComponent(url.slice('file:'.length))
  throw new Error(`DATABASE_URL must be a file: URL, received "${url}".`)
}
