import type { Database } from 'better-sqlite3'
import type { OpenContext } from '../../resource.ts'
import type { SqliteData } from './data.ts'
import { sqliteDriver } from '../../shared/sqlite-driver.ts'

/** How {@link SqliteHandle.open} opens a connection. */
export interface SqliteOpenOptions {
  /** Refuses writes. Default false. */
  readonly readonly?: boolean
  /** How long a statement waits for a lock of another connection. Default 5000. */
  readonly timeoutMs?: number
  /** Whether SQLite checks foreign keys. Default true. */
  readonly foreignKeys?: boolean
}

/** A lane's database, as a test holds it. */
export interface SqliteHandle {
  /**
   * Absolute path of the database file; also in the environment, as `DATABASE_PATH` or the name given with `pathEnv`. It
   * stays the same for the life of the lane, also over resets.
   */
  readonly path: string
  /** The same as a `file:` URL; also in the environment, as `DATABASE_URL` or the name given with `env`. */
  readonly url: string
  /**
   * Opens a new better-sqlite3 connection. It stays valid over resets, and is closed when the side that opened it
   * is done with the lane.
   */
  open(options?: SqliteOpenOptions): Database
}

const all = new Set<Database>()

/** How many connections this process has open that it opened through handles. */
export function openConnections(): number {
  return [...all].filter((connection) => connection.open).length
}

/** Whether a connection that this process opened through a handle is in the middle of a transaction. */
export function hasOpenTransaction(): boolean {
  for (const connection of all) if (connection.open && connection.inTransaction) return true
  return false
}

/** Makes the handle. Connections are closed by `context.onClose`. */
export function openHandle(data: SqliteData, context: OpenContext): SqliteHandle {
  const connections = new Set<Database>()
  context.onClose(() => {
    for (const connection of connections) {
      connection.close()
      all.delete(connection)
    }
    connections.clear()
  })
  return Object.freeze({
    path: data.path,
    url: data.url,
    open({ readonly = false, timeoutMs = 5_000, foreignKeys = true }: SqliteOpenOptions = {}) {
      for (const earlier of connections) {
        if (!earlier.open) {
          connections.delete(earlier)
          all.delete(earlier)
        }
      }
      const connection = new (sqliteDriver())(data.path, {
        readonly,
        fileMustExist: true,
        timeout: timeoutMs,
      })
      connections.add(connection)
      all.add(connection)
      connection.pragma(`foreign_keys = ${foreignKeys ? 'ON' : 'OFF'}`)
      return connection
    },
  })
}
