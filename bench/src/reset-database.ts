import { defineLanes, sqlite } from '@isolane/core'
import type { SqliteHandle } from '@isolane/core'

/** A connection to a database, as a lane's handle opens it. */
export type Connection = ReturnType<SqliteHandle['open']>

const tables = 30
const textBytes = 90

/** The database that is reset: thirty tables with an index each, and so many rows in every one. */
export function lanesWith(rows: number) {
  return defineLanes({
    database: sqlite({
      seed: (db) => {
        makeTables(db)
        fillTables(db, rows)
      },
      // The seed's own text says nothing of what it reads from here.
      env: `BENCH_DATABASE_${rows}`,
    }),
  })
}

export function makeTables(db: Connection): void {
  for (let table = 0; table < tables; table++) {
    db.exec(`CREATE TABLE t${table} (id INTEGER PRIMARY KEY, text TEXT, number INT);
      CREATE INDEX i${table} ON t${table} (number)`)
  }
}

export function fillTables(db: Connection, rows: number): void {
  db.transaction(() => {
    for (let table = 0; table < tables; table++) {
      const insert = db.prepare(`INSERT INTO t${table} (text, number) VALUES (?, ?)`)
      for (let row = 1; row <= rows; row++) insert.run(String(row).padEnd(textBytes), row)
    }
  })()
}

export function emptyTables(db: Connection): void {
  db.transaction(() => {
    for (let table = 0; table < tables; table++) db.exec(`DELETE FROM t${table}`)
  })()
}

/** What a test does: eight rows come, eight change and eight go, in two of the tables. */
export function writeToTwoTables(db: Connection, rows: number): void {
  const step = Math.max(1, Math.floor(rows / 8))
  db.transaction(() => {
    for (const table of ['t3', 't17']) {
      const insert = db.prepare(`INSERT INTO ${table} (text, number) VALUES ('new', ?)`)
      for (let row = 1; row <= 8; row++) insert.run(row)
      db.exec(`UPDATE ${table} SET text = 'changed' WHERE id % ${step} = 1 AND id <= ${rows};
        DELETE FROM ${table} WHERE id % ${step} = 0 AND id <= ${rows}`)
    }
  })()
}

/** The first thing the next test does. Throws when a row of the test before is there, or one is missing. */
export function expectBase(db: Connection, rows: number): void {
  for (const table of ['t3', 't17']) {
    const found = db
      .prepare<[], { count: number; bytes: number }>(
        `SELECT count(*) AS count, sum(length(text)) AS bytes FROM ${table}`,
      )
      .get()
    if (found?.count !== rows || found.bytes !== rows * textBytes) {
      throw new Error(`Table ${table} is not as it was at first: ${JSON.stringify(found)}.`)
    }
  }
}
