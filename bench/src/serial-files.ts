import { testFiles } from './test-files.ts'

const tests = 4

/** How many tests {@link serialFiles} hold. */
export const serialTests = (files: number): number => files * tests

/**
 * A suite that must run serially: every file starts an app on port 3000 over the database ./app.db. Its tests
 * take some 100 ms, half of it work (pages, transactions) and half of it waiting (a timer, as for a debounce).
 */
export function serialFiles(files: number): Record<string, string> {
  const text = `
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { open } from './app.ts'

let app
beforeAll(async () => { app = await open() })
beforeEach(() => { app.clear() })
afterAll(() => { app.close() })

async function add(title) {
  return await fetch('http://localhost:3000/', { method: 'POST', body: title })
}

test('adds', async () => {
  for (let index = 0; index < 10; index++) await add('note ' + index)
  expect(await (await fetch('http://localhost:3000/')).json()).toHaveLength(10)
})

test('starts with nothing', async () => {
  expect(await (await fetch('http://localhost:3000/')).json()).toEqual([])
})

test('refuses a second one', async () => {
  await add('same')
  expect((await add('same')).status).toBe(409)
})

test('publishes after a moment', async () => {
  await add('later')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(await (await fetch('http://localhost:3000/')).json()).toMatchObject([{ published: 1 }])
})
`
  const app = `
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'

export async function open() {
  const db = new DatabaseSync('./app.db')
  db.exec('create table if not exists notes (title text unique, hash text, published integer default 0)')
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      const title = await text(request)
      let hash = title
      for (let round = 0; round < 500; round++) hash = createHash('sha512').update(hash).digest('hex')
      try {
        db.prepare('insert into notes (title, hash) values (?, ?)').run(title, hash)
      } catch {
        response.statusCode = 409
      }
      setTimeout(() => {
        if (db.isOpen) db.prepare('update notes set published = 1 where title = ?').run(title)
      }, 20)
      response.end()
    } else {
      response.end(JSON.stringify(db.prepare('select * from notes order by title').all()))
    }
  })
  server.listen(3000)
  await once(server, 'listening')
  return {
    clear: () => db.exec('delete from notes'),
    close: () => { server.close(); server.closeAllConnections(); db.close() },
  }
}
`
  return {
    'app.ts': app,
    'vitest.config.ts': 'export default { test: { fileParallelism: false } }',
    ...testFiles(files, text),
  }
}
