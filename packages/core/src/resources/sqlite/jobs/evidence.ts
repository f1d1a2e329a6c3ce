import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import type { Evidence } from '../../../resource.ts'
import type { SqliteData } from '../data.ts'
import { diffDetail, diffSummary } from '../diff.ts'
import type { DatabaseDiff, SchemaChange, TableDiff } from '../diff.ts'
import { isBusy, sqliteDriver } from '../../../shared/sqlite-driver.ts'
import { imageOf, writeImage } from '../image.ts'
import { openCommand } from '../open-command.ts'
import { baseName, diffTable } from '../table-diff.ts'

export interface EvidenceTask extends SqliteData {
  /** Name of the resource, for the kept file. */
  readonly name: string
  readonly into: string
  readonly patienceMs: number
}

interface SchemaObject {
  readonly type: string
  readonly name: string
  readonly sql: string | null
}

/** Keeps a copy of the live database and says how it differs from its base. */
export function keepEvidence(task: EvidenceTask): Evidence {
  const path = join(task.into, `${task.name.replace(/[^\w.-]/g, '_')}.db`)
  try {
    mkdirSync(task.into, { recursive: true, mode: 0o700 })
    const live = new (sqliteDriver())(task.path, { fileMustExist: true, timeout: task.patienceMs })
    try {
      writeImage(path, imageOf(live))
    } finally {
      live.close()
    }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    const why = isBusy(error) ? 'a connection holds a lock on it' : said
    return { summary: `the database could not be kept: ${why}` }
  }
  const kept = { path, open: openCommand(path) }
  try {
    const diff = compare(path, existsSync(task.base) ? task.base : task.template)
    const detail = diffDetail(diff)
    return { summary: diffSummary(diff), kept, ...(detail === undefined ? {} : { detail }) }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    return { summary: `the database could not be compared with its base: ${said}`, kept }
  }
}

function compare(path: string, base: string): DatabaseDiff {
  const db = new (sqliteDriver())(path, { readonly: true })
  try {
    db.prepare(`ATTACH ? AS ${baseName}`).run(base)
    const now = objectsOf(db, 'main')
    const before = objectsOf(db, baseName)
    const tables: TableDiff[] = []
    const skipped: { name: string; why: string }[] = []
    for (const { name, type, wr } of tablesOf(db)) {
      if (!before.has(`table ${name}`)) continue
      try {
        const diff = diffTable(db, name, type === 'table' && wr === 1)
        if (diff !== undefined) tables.push(diff)
      } catch (error) {
        skipped.push({ name, why: error instanceof Error ? error.message : String(error) })
      }
    }
    return { tables, schema: schemaChanges(now, before), skipped }
  } finally {
    db.close()
  }
}

// Shadow tables are the storage of a virtual table, which is compared itself.
function tablesOf(db: Database) {
  return db
    .prepare<[], { name: string; type: string; wr: number }>(
      `SELECT name, type, wr FROM pragma_table_list
       WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
    )
    .all()
}

function objectsOf(db: Database, schema: string): Map<string, SchemaObject> {
  const shadows = new Set(
    db
      .prepare<[string], string>(
        `SELECT name FROM pragma_table_list WHERE schema = ? AND type = 'shadow'`,
      )
      .pluck()
      .all(schema),
  )
  const objects = db
    .prepare<[], SchemaObject>(`SELECT type, name, sql FROM ${schema}.sqlite_schema`)
    .all()
    .filter(({ name }) => !name.startsWith('sqlite_') && !shadows.has(name))
  return new Map(objects.map((object) => [`${object.type} ${object.name}`, object]))
}

function schemaChanges(
  now: ReadonlyMap<string, SchemaObject>,
  before: ReadonlyMap<string, SchemaObject>,
): SchemaChange[] {
  const changes: SchemaChange[] = []
  for (const [key, { type, name, sql }] of now) {
    const earlier = before.get(key)
    if (earlier === undefined) changes.push({ change: 'added', type, name })
    else if (earlier.sql !== sql) changes.push({ change: 'changed', type, name })
  }
  for (const [key, { type, name }] of before) {
    if (!now.has(key)) changes.push({ change: 'removed', type, name })
  }
  return changes
}
