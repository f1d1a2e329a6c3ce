import { createRequire } from 'node:module'
import type BetterSqlite3 from 'better-sqlite3'

const require = createRequire(import.meta.url)

// Loaded at first use: most workers that import this package never open a database.
let loaded: typeof BetterSqlite3 | undefined

/** The better-sqlite3 constructor. */
export function sqliteDriver(): typeof BetterSqlite3 {
  loaded ??= require('better-sqlite3') as typeof BetterSqlite3
  return loaded
}

/** True for an error that SQLite gave because another connection holds a lock. */
export function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^SQLITE_(BUSY|LOCKED)/.test(code)
}
