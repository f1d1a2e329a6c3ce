import { DatabaseSync } from 'node:sqlite'
import type { OpenDriver } from '../driver.ts'

export const openNodeSqlite: OpenDriver = async (path) => {
  const db = new DatabaseSync(path)
  return {
    async all(sql, ...values) {
      return db.prepare(sql).all(...values)
    },
    async run(sql, ...values) {
      db.prepare(sql).run(...values)
    },
    async batch(statements) {
      db.exec('begin immediate')
      try {
        for (const { sql, values } of statements) db.prepare(sql).run(...values)
        db.exec('commit')
      } catch (error) {
        db.exec('rollback')
        throw error
      }
    },
    async close() {
      db.close()
    },
  }
}
