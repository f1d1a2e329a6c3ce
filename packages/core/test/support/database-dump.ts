import type { Database } from 'better-sqlite3'

/** Everything a test could see in a database: schema, rows, counters and settings of the file. */
export function databaseDump(db: Database): unknown {
  const objects = db
    .prepare<[], { type: string; name: string; sql: string | null }>(
      'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name',
    )
    .all()
  const rows: Record<string, unknown> = {}
  for (const { type, name } of objects) {
    if (type !== 'table' && type !== 'view') continue
    const all = db
      .prepare(`SELECT * FROM "${name.replaceAll('"', '""')}"`)
      .raw()
      .safeIntegers()
      .all()
    rows[name] = all.map((row) => JSON.stringify(row, printable)).sort()
  }
  const settings = ['user_version', 'application_id', 'page_size', 'auto_vacuum', 'encoding'].map(
    (name) => [name, db.pragma(name, { simple: true })],
  )
  return { objects, rows, settings }
}

function printable(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}
