import type { Database } from 'better-sqlite3'

/** Everything a test could see in a database: schema, rows, counters and settings of the file. */
export function databaseDump(db: Database): unknown {
  const objects = db
    .prepare<[], { type: string; name: string; sql: string | null }>(
      'SELECT rowid, type, name, tbl_name, rootpage, sql FROM sqlite_schema',
    )
    .all()
  const rows: Record<string, unknown> = {}
  for (const { type, name } of objects) {
    if (type !== 'table' && type !== 'view') continue
    rows[name] = rowsOf(db, name, hasRowid(db, type, name))
  }
  const settings = ['user_version', 'application_id', 'page_size', 'auto_vacuum', 'encoding'].map(
    (name) => [name, db.pragma(name, { simple: true })],
  )
  return { objects, rows, settings }
}

/** Every row as text, or why there are none: a view may read a table that was dropped. */
function rowsOf(db: Database, name: string, withRowid: boolean): unknown {
  const columns = withRowid ? 'rowid, *' : '*'
  try {
    const rows = db
      .prepare(`SELECT ${columns} FROM ${quoted(name)}`)
      .raw()
      .safeIntegers()
      .all()
    return rows.map((row) => JSON.stringify(row, printable))
  } catch (error) {
    return String(error)
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function printable(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}

/**
 * The database page by page, without those bytes of its header that are no content: journal mode, change counters,
 * schema cookie and the version of SQLite that wrote last.
 */
export function databasePages(db: Database): Buffer {
  const pages = db.serialize()
  for (const [from, to] of [
    [18, 20],
    [24, 28],
    [40, 44],
    [92, 100],
  ]) {
    pages.fill(0, from, to)
  }
  return pages
}

function hasRowid(db: Database, type: string, name: string): boolean {
  if (type !== 'table') return false
  try {
    db.prepare(`SELECT rowid FROM ${quoted(name)}`)
    return true
  } catch {
    return false
  }
}
