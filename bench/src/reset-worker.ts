/** A process with a lane: a worker that resets its database in one of several ways, or an app with a connection. */
import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { HostClient } from '@isolane/core/child'
import {
  emptyTables,
  expectBase,
  fillTables,
  lanesWith,
  makeTables,
  writeToTwoTables,
} from './reset-database.ts'
import type { Connection } from './reset-database.ts'

/** How the database becomes as it was, after a test that wrote to two tables or to none. */
export type Way = 'reset' | 'reset-unwritten' | 'copy' | 'delete' | 'rebuild'

/** What the bench asks for: so many tests, one after another. */
export interface Order {
  readonly way: Way
  readonly tests: number
}

const rows = Number(process.argv[2])
const lane = lanesWith(rows).current()
const { database } = lane
const untouched = `${database.path}.untouched`
copyFileSync(database.path, untouched)
const client = await HostClient.connect()
let db = open()

process.on('message', (order: Order) => {
  void run(order).then((timesMs) => process.send?.(timesMs))
})
process.on('disconnect', () => process.exit())
process.send?.('ready')

async function run({ way, tests }: Order): Promise<number[]> {
  const timesMs: number[] = []
  for (let test = 0; test < tests; test++) {
    if (way !== 'reset-unwritten') writeToTwoTables(db, rows)
    const startedAt = performance.now()
    await restore[way]()
    timesMs.push(performance.now() - startedAt)
    expectBase(db, rows)
  }
  return timesMs
}

const reset = async (): Promise<void> => {
  await client.request({ type: 'reset', lane: lane.id, test: undefined })
}

const restore: Readonly<Record<Way, () => Promise<void> | void>> = {
  reset,
  'reset-unwritten': reset,
  copy: () => {
    db.close()
    copyFileSync(untouched, database.path)
    db = open()
  },
  delete: () => {
    emptyTables(db)
    fillTables(db, rows)
  },
  rebuild: () => {
    db.close()
    rmSync(database.path)
    writeFileSync(database.path, '')
    db = open()
    db.pragma('journal_mode = WAL')
    makeTables(db)
    fillTables(db, rows)
  },
}

// Nothing waits for a disk: these databases need not survive a crash.
function open(): Connection {
  const connection = database.open()
  connection.pragma('synchronous = OFF')
  connection.prepare('SELECT count(*) FROM sqlite_schema').get()
  return connection
}
