import { join } from 'node:path'
import Database from 'better-sqlite3'

/** Opens the registry's file directly, behind the registry's back. */
export function editRegistry<T>(cache: string, edit: (database: Database.Database) => T): T {
  const database = new Database(join(cache, 'registry.db'), { timeout: 5000 })
  try {
    return edit(database)
  } finally {
    database.close()
  }
}
