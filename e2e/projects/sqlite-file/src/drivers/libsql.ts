import { createClient } from '@libsql/client'
import type { OpenDriver } from '../driver.ts'

export const openLibsql: OpenDriver = async (path) => {
  const client = createClient({ url: `file:${path}` })
  return {
    async all(sql, ...args) {
      const { rows } = await client.execute({ sql, args })
      return rows
    },
    async run(sql, ...args) {
      await client.execute({ sql, args })
    },
    async batch(statements) {
      await client.batch(
        statements.map(({ sql, values }) => ({ sql, args: [...values] })),
        'write',
      )
    },
    async close() {
      client.close()
    },
  }
}
