import { fileURLToPath } from 'node:url'
import { replaceMethod } from './replace.ts'
import { noteLeftover } from './scope.ts'
import type { Touches } from './touches.ts'

/** A connection as far as it concerns us: better-sqlite3's native one, or that of `node:sqlite`. */
interface Connection {
  readonly inTransaction?: boolean
  readonly isTransaction?: boolean
  readonly open?: unknown
  readonly isOpen?: boolean
  location?(): string | null
}

type ConnectionClass = new (...args: unknown[]) => Connection

/** Which file a connection has, and what for. */
interface Opened {
  /** Empty for a database in memory. */
  readonly path: string
  readonly access: 'read' | 'write'
}

/**
 * Wraps the class of better-sqlite3's native addon.
 *
 * @param watchesTransactions whether one that is open on the lane's database when its test is over is a leftover.
 */
export function wrapBetterSqlite(
  addon: Record<string, unknown>,
  touches: Touches,
  watchesTransactions: boolean,
): void {
  const { Database } = addon
  if (typeof Database !== 'function') return
  addon['Database'] = wrap(
    Database as ConnectionClass,
    openedByBetterSqlite,
    touches,
    watchesTransactions,
  )
}

/** Wraps the class of `node:sqlite`, which has been loaded. */
export function wrapNodeSqlite(touches: Touches, watchesTransactions: boolean): void {
  const sqlite = process.getBuiltinModule('node:sqlite') as unknown as Record<string, unknown>
  const Class = sqlite['DatabaseSync'] as ConnectionClass
  sqlite['DatabaseSync'] = wrap(Class, openedByNode, touches, watchesTransactions)
}

function wrap(
  Class: ConnectionClass,
  openedBy: (args: readonly unknown[]) => Opened,
  touches: Touches,
  watchesTransactions: boolean,
): ConnectionClass {
  const connections = new WeakMap<object, Opened>()
  const opened = (connection: Connection, { path, access }: Opened): void => {
    connections.set(connection, { path, access })
    if (path !== '') touches.database(path, access)
  }
  onStatement(Class, (connection, sql) => {
    if (!connections.has(connection)) {
      // Made by a class that was imported before it was wrapped.
      opened(connection, { path: connection.location?.() ?? '', access: 'write' })
    }
    if (!watchesTransactions || !/^\s*(?:begin|savepoint)\b/i.test(sql)) return
    const path = connections.get(connection)?.path ?? ''
    if (path !== '' && touches.ground.isOfLane(path)) noteTransaction(connection, path)
  })
  return new Proxy(Class, {
    construct(target, args: readonly unknown[], newTarget: NewableFunction) {
      const connection = Reflect.construct(target, args, newTarget) as Connection
      opened(connection, openedBy(args))
      return connection
    },
  })
}

function openedByBetterSqlite([name, , anonymous, readonly]: readonly unknown[]): Opened {
  const path = anonymous === true || typeof name !== 'string' ? '' : filePath(name)
  return { path, access: readonly === true ? 'read' : 'write' }
}

function openedByNode([path, options]: readonly unknown[]): Opened {
  const { readOnly } = (options ?? {}) as { readonly readOnly?: unknown }
  const name = Buffer.isBuffer(path) || path instanceof URL ? String(path) : path
  return {
    path: typeof name === 'string' ? filePath(name) : '',
    access: readOnly === true ? 'read' : 'write',
  }
}

/** The file behind a name that SQLite takes; empty for a database in memory. */
function filePath(name: string): string {
  if (name === '' || name === ':memory:' || /^fd:\d+$/.test(name)) return ''
  if (!name.startsWith('file:')) return name
  const path = name.replace(/\?.*$/s, '')
  if (/[?&](?:mode=memory|vfs=memdb)\b/.test(name) || path === 'file::memory:') return ''
  return path.startsWith('file:/') ? fileURLToPath(path) : path.slice('file:'.length)
}

function onStatement(
  Class: ConnectionClass,
  look: (connection: Connection, sql: string) => void,
): void {
  for (const name of ['exec', 'prepare']) {
    replaceMethod(
      Class.prototype as Connection,
      name,
      (original) =>
        function (...args) {
          if (typeof args[0] === 'string') look(this, args[0])
          return Reflect.apply(original, this, args)
        },
    )
  }
}

function noteTransaction(connection: Connection, path: string): void {
  noteLeftover(connection, {
    kind: 'transaction',
    remains: () => {
      const isOpen = connection.isOpen ?? connection.open === true
      return isOpen && (connection.inTransaction ?? connection.isTransaction) === true
    },
    text: () => `left a transaction open on the lane's database ${path}`,
  })
}
