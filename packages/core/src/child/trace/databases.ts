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
  const connections = new WeakSet()
  const ofLane = new WeakMap<object, string>()
  const opened = (connection: Connection, { path, access }: OpenedDatabase): void => {
    connections.add(connection)
    if (path === '') return
    touches.database(path, access)
    if (watchesTransactions && touches.ground.isOfLane(path)) ofLane.set(connection, path)
  }
  onStatements(Class, (connection) => {
    // Else made by a class that was imported before it was wrapped.
    if (!connections.has(connection)) {
      opened(connection, { path: connection.location?.() ?? '', access: 'write' })
    }
    return ofLane.get(connection)
  })
  return new Proxy(Class, {
    construct(target, args: readonly unknown[], newTarget: NewableFunction) {
      const connection = Reflect.construct(target, args, newTarget) as Connection
      opened(connection, openedBy(args))
      return connection
    },
  })
}

/** What begins a transaction, behind blanks and comments. */
const begins = /^(?:\s|;|--[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:begin|savepoint)\b/i

/** The savepoint of better-sqlite3's `transaction()`, and what it prepares after it, once for each connection. */
const ownSavepoint = '`\t_bs3.\t`'
const ownBegins = ['BEGIN', 'BEGIN DEFERRED', 'BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE'] as const

/**
 * Tells the statements with which better-sqlite3's `transaction()` begins: it always ends what it began, and to note
 * each would take longer than most of them.
 */
function closesItself(): (connection: Connection, sql: string) => boolean {
  const expected = new WeakMap<Connection, Set<string>>()
  return (connection, sql) => {
    if (!sql.includes(ownSavepoint)) return expected.get(connection)?.delete(sql) === true
    expected.set(connection, new Set(ownBegins))
    return true
  }
}

/**
 * Notes the transactions that begin, when they do: a statement may have been prepared long before. Of those that are
 * prepared only the ones that begin something are watched, all others cost nothing when they run.
 *
 * @param watched gives the file of a connection whose transactions are looked at.
 */
function onStatements(
  Class: ConnectionClass,
  watched: (connection: Connection) => string | undefined,
): void {
  const prototype = Class.prototype as Connection
  const isClosed = closesItself()
  replaceMethod(prototype, 'exec', (original, self, args) => {
    const path = watched(self)
    if (path === undefined || isInTransaction(self)) return Reflect.apply(original, self, args)
    try {
      return Reflect.apply(original, self, args)
    } finally {
      if (isInTransaction(self)) noteTransaction(self, path)
    }
  })
  replaceMethod(prototype, 'prepare', (original, self, args) => {
    const path = watched(self)
    const statement = Reflect.apply(original, self, args) as object
    const [sql] = args
    if (path === undefined || typeof sql !== 'string' || !begins.test(sql)) return statement
    if (isClosed(self, sql)) return statement
    for (const name of ['run', 'get', 'all']) {
      replaceMethod(statement, name, (execute, it, values) => {
        if (!isInTransaction(self)) noteTransaction(self, path)
        return Reflect.apply(execute, it, values)
      })
    }
    return statement
  })
}

function isInTransaction(connection: Connection): boolean {
  const isOpen = connection.isOpen ?? connection.open === true
  return isOpen && (connection.inTransaction ?? connection.isTransaction) === true
}

function noteTransaction(connection: Connection, path: string): void {
  noteLeftover(connection, {
    kind: 'transaction',
    remains: () => isInTransaction(connection),
    text: () => `left a transaction open on the lane's database ${path}`,
  })
}
