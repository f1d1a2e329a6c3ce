import { printable } from '@isolane/record/worker'

/** What changed in one table between the base and now. */
export interface TableDiff {
  readonly name: string
  readonly added: number
  readonly changed: number
  readonly removed: number
  /** The first of the rows, ready to be shown. */
  readonly samples: readonly string[]
}

/** One table, index, trigger or view that appeared, went or was altered. */
export interface SchemaChange {
  readonly change: 'added' | 'changed' | 'removed'
  readonly type: string
  readonly name: string
}

/** What changed in a database between its base and now. */
export interface DatabaseDiff {
  readonly tables: readonly TableDiff[]
  readonly schema: readonly SchemaChange[]
  /** Tables that could not be compared, with the reason. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[]
}

const mostTables = 6
const signs = { added: '+', changed: '~', removed: '-' } as const

/** One line: `users +1 ~2, sessions +1`. */
export function diffSummary({ tables, schema, skipped }: DatabaseDiff): string {
  const parts = tables
    .slice(0, mostTables)
    .map((table) => `${printable(table.name)} ${counts(table)}`)
  if (tables.length > mostTables) parts.push(`and ${tables.length - mostTables} more`)
  if (schema.length > 0) {
    const shown = schema.slice(0, mostTables).map(({ change, type, name }) => {
      return `${signs[change]}${type} ${printable(name)}`
    })
    if (schema.length > mostTables) shown.push(`and ${schema.length - mostTables} more`)
    parts.push(`schema: ${shown.join(' ')}`)
  }
  if (skipped.length > 0) parts.push(`${skipped.length} not compared`)
  return parts.length === 0 ? 'nothing changed' : parts.join(', ')
}

/** All of it, with the first rows of every table; undefined when nothing changed. */
export function diffDetail({ tables, schema, skipped }: DatabaseDiff): string | undefined {
  const lines: string[] = []
  for (const { change, type, name } of schema) {
    lines.push(`${signs[change]} ${type} ${printable(name)}`)
  }
  for (const table of tables) {
    if (lines.length > 0) lines.push('')
    lines.push(`${printable(table.name)} ${counts(table)}`)
    lines.push(...table.samples.map((sample) => `  ${sample}`))
    const left = table.added + table.changed + table.removed - table.samples.length
    if (left > 0) lines.push(`  … ${left} more`)
  }
  for (const { name, why } of skipped) lines.push(`${printable(name)} not compared: ${why}`)
  return lines.length === 0 ? undefined : lines.join('\n')
}

function counts({ added, changed, removed }: TableDiff): string {
  const parts = [
    ...(added > 0 ? [`+${added}`] : []),
    ...(changed > 0 ? [`~${changed}`] : []),
    ...(removed > 0 ? [`-${removed}`] : []),
  ]
  return parts.join(' ')
}
