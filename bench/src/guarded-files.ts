import { testFiles } from './test-files.ts'

const tests = 10

/** How many tests {@link guardedFiles} hold. */
export const guardedTests = (files: number): number => files * tests

/**
 * Test files that do what the guard looks at, and do it well: rows in the lane's database, requests to an app on its
 * port, files in its temp directory, timers that are cleared. A config whose guard is what `GUARD` says.
 */
export function guardedFiles(files: number): Record<string, string> {
  const text = `
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { lanes } from './lanes.ts'

let app
const { database, port } = lanes.current()
beforeAll(async () => {
  const db = database.open()
  app = createServer((request, response) => {
    response.end(JSON.stringify(db.prepare('select * from users').all()))
  })
  await new Promise((resolve) => app.listen(port.number, resolve))
})
beforeEach(() => { database.open().exec('delete from users') })
afterAll(() => { app.close(); app.closeAllConnections() })

describe.for(Array.from({ length: ${tests} }, (_, index) => index))('%i', (index) => {
  test('works', async () => {
    const insert = database.open().prepare('insert into users (name) values (?)')
    for (let row = 0; row < 50; row++) insert.run('user ' + row)
    expect(await (await fetch(port.url)).json()).toHaveLength(50)
    const file = join(tmpdir(), 'export-' + index + '.csv')
    for (let row = 0; row < 20; row++) writeFileSync(file, 'row ' + row)
    expect(readFileSync(file, 'utf8')).toBe('row 19')
    for (let timer = 0; timer < 20; timer++) clearTimeout(setTimeout(() => {}, 1_000))
    await new Promise((resolve) => setTimeout(resolve, 5))
  })
})
`
  return {
    'schema.sql': 'create table users (id integer primary key, name text not null);',
    'lanes.ts': `
import { defineLanes, port, sqlite, tempDir } from '@isolane/core'
export const lanes = defineLanes({ database: sqlite({ schema: 'schema.sql' }), port: port(), temp: tempDir() })
`,
    'vitest.config.ts': guardedConfig,
    ...testFiles(files, text),
  }
}

/** A config for `lanes.ts` whose guard is what `GUARD` says. */
export const guardedConfig = `
import { isolated } from '@isolane/vitest'
import { lanes } from './lanes.ts'
export default {
  plugins: [isolated(lanes, { guard: process.env.GUARD })],
  test: { include: ['*.test.ts'], pool: 'isolated' },
}
`
