import { replaceMethod } from '@isolane/record/observe'
import { openedByBetterSqlite, openedByNode } from '@isolane/record/observe/things'
import type { OpenedDatabase } from '@isolane/record/observe/things'
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
  openedBy: (args: readonly unknown[]) => OpenedDatabase,
  touches: Touches,
  watchesTransactions: boolean,
): ConnectionClass {
  const connections = new WeakMap<object, OpenedDatabase>()
  const opened = (connection: Connection, { path, access }: OpenedDatabase): void => {
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

function onStatement(
  Class: ConnectionClass,
  look: (connection: Connection, sql: string) => void,
): void {
  for (const name of ['exec', 'prepare']) {
    replaceMethod(Class.prototype as Connection, name, (original, self, args) => {
      if (typeof args[0] === 'string') look(self, args[0])
      return Reflect.apply(original, self, args)
    })
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
