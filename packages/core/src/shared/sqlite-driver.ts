import { createRequire } from 'node:module'
import { IsolaneError } from '@isolane/record/worker'
import type BetterSqlite3 from 'better-sqlite3'

const require = createRequire(import.meta.url)

// Loaded at first use: most workers that import this package never open a database.
let loaded: typeof BetterSqlite3 | undefined

/** The oldest Node.js on which better-sqlite3 13 works: below it, loading it ends the process with a crash. */
const oldestNode = 22

/**
 * The better-sqlite3 constructor.
 *
 * @throws IsolaneError `ISOLANE_RUNTIME` on a Node.js that it would crash.
 */
export function sqliteDriver(version = process.versions.node): typeof BetterSqlite3 {
  if (Number.parseInt(version, 10) < oldestNode) {
    throw new IsolaneError('ISOLANE_RUNTIME', {
      message: `Isolane's databases do not work on Node.js ${version}: better-sqlite3 13 needs ${oldestNode} or newer.`,
      hint: 'run the tests with Node.js 22.18 or newer.',
      details: { node: version, oldest: oldestNode },
    })
  }
  loaded ??= require('better-sqlite3') as typeof BetterSqlite3
  return loaded
}

/** True for an error that SQLite gave because another connection holds a lock. */
export function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^SQLITE_(BUSY|LOCKED)/.test(code)
}
