// A process that holds a connection and prepared statements, and does what it is told.
import Database from 'better-sqlite3'
import type { Statement } from 'better-sqlite3'

interface Order {
  readonly id: number
  readonly kind: 'exec' | 'all' | 'step' | 'finish'
  readonly sql: string
}

const db = new Database(process.argv[2], { fileMustExist: true, timeout: 5_000 })
const statements = new Map<string, Statement>()
let iterator: IterableIterator<unknown> | undefined

process.on('message', (order: Order) => {
  try {
    process.send?.({ id: order.id, rows: run(order) })
  } catch (error) {
    process.send?.({ id: order.id, error: error instanceof Error ? error.message : String(error) })
  }
})
process.on('disconnect', () => process.exit())
process.send?.({ id: 0, rows: [] })

function run({ kind, sql }: Order): unknown {
  if (kind === 'exec') return void db.exec(sql)
  if (kind === 'finish') return void iterator?.return?.()
  let statement = statements.get(sql)
  if (statement === undefined) {
    statement = db.prepare(sql)
    statements.set(sql, statement)
  }
  if (kind === 'all') return statement.all()
  iterator = statement.iterate()
  return iterator.next().value
}
