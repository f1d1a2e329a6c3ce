import type { Database } from 'better-sqlite3'
import { printable } from '@isolane/record/worker'
import type { TableDiff } from './diff.ts'
import { quoted } from './proof.ts'

// The database of now is `main`, the base is attached under this name.
export const baseName = 'isolane_base'

interface Column {
  readonly name: string
  /** 1-based place in the primary key, or 0. */
  readonly pk: number
}

const rowidNames = ['rowid', '_rowid_', 'oid']
const samplesPerKind = 5
const shownCharacters = 60

/** Compares one table of `main` with the attached base; undefined when it is the same. */
export function diffTable(
  db: Database,
  name: string,
  withoutRowid: boolean,
): TableDiff | undefined {
  const columns = columnsOf(db, 'main', name)
  const before = columnsOf(db, baseName, name)
  const keys = sharedKey(db, name, columns, before, withoutRowid)
  const common = columns
    .map((column) => column.name)
    .filter((column) => before.some((other) => other.name === column))
  const { added, changed, removed } =
    keys === undefined ? multisetParts(name, common) : keyedParts(name, keys, common)
  const found = {
    added: readPart(db, '+', added),
    changed: changed === undefined ? noRows : readPart(db, '~', changed),
    removed: readPart(db, '-', removed),
  }
  const counts = {
    added: found.added.count,
    changed: found.changed.count,
    removed: found.removed.count,
  }
  if (counts.added + counts.changed + counts.removed === 0) return undefined
  const samples = [found.added, found.changed, found.removed].flatMap((part) => part.samples)
  return { name, ...counts, samples }
}

type SqlValue = string | number | bigint | Buffer | null

interface FoundRows {
  readonly count: number
  readonly samples: readonly string[]
}

const noRows: FoundRows = { count: 0, samples: [] }

interface Parts {
  readonly added: Part
  readonly changed?: Part
  readonly removed: Part
}

interface Part {
  readonly count: string
  readonly rows: string
}

function keyedParts(name: string, keys: readonly string[], common: readonly string[]): Parts {
  const now = `main.${quoted(name)}`
  const then = `${baseName}.${quoted(name)}`
  const values = common.filter((column) => !keys.includes(column))
  // A primary key may hold NULL, which only IS finds; a rowid never does, and virtual tables look up by = only.
  const equals = keys.every((key) => rowidNames.includes(key)) ? '=' : 'IS'
  const match = keys
    .map((key) => `now.${quoted(key)} ${equals} before.${quoted(key)}`)
    .join(' AND ')
  const onlyIn = (one: string, other: string, table: string, elsewhere: string): Part =>
    part(
      `FROM ${table} AS ${one} WHERE NOT EXISTS (SELECT 1 FROM ${elsewhere} AS ${other} WHERE ${match})`,
      [...new Set([...keys, ...common])].map(
        (column) => `${one}.${quoted(column)} AS ${quoted(column)}`,
      ),
    )
  // IS alone would follow the column's collation and take 1 and 1.0 for the same.
  const differs = (column: string) =>
    `(now.${column} IS NOT before.${column} COLLATE BINARY OR typeof(now.${column}) <> typeof(before.${column}))`
  const compared = [...values, ...keys].map((column) => quoted(column))
  const changed = part(
    `FROM ${now} AS now JOIN ${then} AS before ON ${match} WHERE ${compared.map(differs).join(' OR ')}`,
    [
      ...keys.map((key) => `now.${quoted(key)} AS ${quoted(key)}`),
      ...values.flatMap((column, index) => [
        `${differs(quoted(column))} AS "?${index}"`,
        `before.${quoted(column)} AS "<${column.replaceAll('"', '""')}"`,
        `now.${quoted(column)} AS ">${column.replaceAll('"', '""')}"`,
      ]),
    ],
  )
  return {
    added: onlyIn('now', 'before', now, then),
    changed,
    removed: onlyIn('before', 'now', then, now),
  }
}

// Without a key, equal rows are counted: three where there was one are two added.
function multisetParts(name: string, common: readonly string[]): Parts {
  const list = common.map((column) => `${quoted(column)} COLLATE BINARY AS ${quoted(column)}`)
  const typed = common.map(
    (column) => `${quoted(column)} COLLATE BINARY, typeof(${quoted(column)})`,
  )
  const numbered = (table: string) =>
    `SELECT *, row_number() OVER (PARTITION BY ${typed.join(', ')}) AS "#" FROM ${table}`
  const side = (schema: string) =>
    `SELECT ${[...list, ...common.map((column, index) => `typeof(${quoted(column)}) AS "t${index}"`)].join(', ')}, "#" FROM (${numbered(`${schema}.${quoted(name)}`)})`
  const without = (one: string, other: string) =>
    part(
      `FROM (${side(one)} EXCEPT ${side(other)})`,
      common.map((column) => quoted(column)),
    )
  return { added: without('main', baseName), removed: without(baseName, 'main') }
}

function part(from: string, columns: readonly string[]): Part {
  return {
    count: `SELECT count(*) ${from}`,
    rows: `SELECT ${columns.join(', ')} ${from} LIMIT ${samplesPerKind}`,
  }
}

function readPart(db: Database, sign: string, { count, rows }: Part): FoundRows {
  const found = db.prepare<[], number>(count).pluck().get() ?? 0
  if (found === 0) return noRows
  const first = db.prepare<[], Record<string, SqlValue>>(rows).safeIntegers().all()
  return { count: found, samples: first.map((row) => `${sign} ${shown(row)}`) }
}

function columnsOf(db: Database, schema: string, name: string): Column[] {
  return (
    db
      .prepare<[string, string], { name: string; pk: number; hidden: number }>(
        'SELECT name, pk, hidden FROM pragma_table_xinfo(?, ?)',
      )
      .all(name, schema)
      // Hidden columns of virtual tables and generated ones hold nothing of their own.
      .filter(({ hidden }) => hidden === 0)
  )
}

function sharedKey(
  db: Database,
  name: string,
  columns: readonly Column[],
  before: readonly Column[],
  withoutRowid: boolean,
): string[] | undefined {
  const keyOf = (from: readonly Column[]) =>
    from
      .filter(({ pk }) => pk > 0)
      .toSorted((left, right) => left.pk - right.pk)
      .map((column) => column.name)
  const key = keyOf(columns)
  const same = key.join('\0') === keyOf(before).join('\0')
  if (!same) return undefined
  if (key.length > 0) return key
  if (withoutRowid) return undefined
  const taken = new Set([...columns, ...before].map((column) => column.name.toLowerCase()))
  const rowid = rowidNames.find((alias) => !taken.has(alias))
  if (rowid === undefined) return undefined
  try {
    db.prepare(`SELECT ${rowid} FROM main.${quoted(name)} LIMIT 1`).get()
    return [rowid]
  } catch {
    return undefined
  }
}

function shown(row: Record<string, SqlValue>): string {
  const parts: string[] = []
  for (const [column, value] of Object.entries(row)) {
    if (column.startsWith('?') || column.startsWith('>')) continue
    if (!column.startsWith('<')) {
      parts.push(`${printable(column)}=${shownValue(value)}`)
      continue
    }
    const name = column.slice(1)
    const now = row[`>${name}`] ?? null
    if (!sameValue(value, now)) {
      parts.push(`${printable(name)}: ${shownValue(value)} -> ${shownValue(now)}`)
    }
  }
  return parts.join(' ')
}

function sameValue(left: SqlValue, right: SqlValue): boolean {
  if (Buffer.isBuffer(left) && Buffer.isBuffer(right)) return left.equals(right)
  return typeof left === typeof right && left === right
}

function shownValue(value: SqlValue): string {
  if (value === null) return 'NULL'
  if (Buffer.isBuffer(value)) return `<${value.length} bytes>`
  // Integers arrive as bigint, so a number is a REAL.
  if (typeof value === 'number') return Number.isInteger(value) ? `${value}.0` : `${value}`
  if (typeof value !== 'string') return String(value)
  const characters = Array.from(value)
  return characters.length > shownCharacters
    ? `'${printable(characters.slice(0, shownCharacters).join(''))}…' (${characters.length} characters)`
    : `'${printable(value)}'`
}
