import Database from 'better-sqlite3'
import type { OpenDriver, Row } from '../driver.ts'

export const openBetterSqlite3: OpenDriver = async (path) => {
  const db = new Database(path)
  return {
    async all(sql, ...values) {
      return db.prepare(sql).all(...values) as Row[]
    },
    async run(sql, ...values) {
      db.prepare(sql).run(...values)
    },
    async batch(statements) {
      db.transaction(() => {
        for (const { sql, values } of statements) db.prepare(sql).run(...values)
      }).immediate()
    },
    async close() {
      db.close()
    },
  }
}
