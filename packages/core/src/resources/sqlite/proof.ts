import type { Database } from 'better-sqlite3'

/** What a database held when its template was finished: its tables and their row counts. */
export interface Proof {
  readonly tables: readonly TableProof[]
}

/** One table. `rows` is null when this SQLite cannot read it, for example for lack of an extension. */
export interface TableProof {
  readonly name: string
  readonly rows: number | null
}

/** Reads the proof of a database. */
export function proofOf(db: Database): Proof {
  const names = db
    .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
    .pluck()
    .all()
  return { tables: names.map((name) => ({ name, rows: countRows(db, name) })) }
}

/** Says how a database differs from a proof; undefined when it does not. */
export function contradiction(expected: Proof, found: Proof): string | undefined {
  const foundRows = new Map(found.tables.map(({ name, rows }) => [name, rows]))
  for (const { name, rows } of expected.tables) {
    if (!foundRows.has(name)) return `table "${name}" is missing`
    const has = foundRows.get(name)
    if (has !== rows) return `table "${name}" has ${has} rows instead of ${rows}`
    foundRows.delete(name)
  }
  for (const name of foundRows.keys()) return `table "${name}" should not be there`
  return undefined
}

/** A name as SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function countRows(db: Database, name: string): number | null {
  try {
    return (
      db
        .prepare<[], number>(`SELECT count(*) FROM ${quoted(name)}`)
        .pluck()
        .get() ?? 0
    )
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('no such module')) return null
    throw error
  }
}
