import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'

/** The database that all tests share. */
export function open() {
  const database = new DatabaseSync(fileURLToPath(new URL('./shop.db', import.meta.url)))
  database.exec('PRAGMA busy_timeout = 100')
  return database
}
