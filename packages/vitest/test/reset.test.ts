import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { project, versions } from './support/project.ts'

test("laneTest with reset: 'test' gives every test the base, with connections open", async () => {
  const it = await project({
    'seeded.ts': `
      import { defineLanes, sqlite } from '@isolane/core'
      export const lanes = defineLanes({
        database: sqlite({ schema: 'schema.sql', seed: (db) => db.exec("insert into users values (1, 'base')") }),
      })
    `,
    'vitest.config.ts': `
      import { isolated } from '@isolane/vitest'
      import { lanes } from './seeded.ts'
      export default { plugins: [isolated(lanes)], test: { pool: 'isolated' } }
    `,
    'reset.test.ts': `
      import { laneTest } from '@isolane/vitest'
      import { lanes } from './seeded.ts'
      const test = laneTest(lanes, { reset: 'test' })
      const kept = lanes.current().database.open()
      const all = kept.prepare('select name from users order by id').pluck()
      const generations = []
      for (const name of ['first', 'second', 'third']) {
        test(name, ({ database, lane, expect }) => {
          expect(all.all()).toEqual(['base'])
          database.open().prepare('insert into users (name) values (?)').run(name)
          kept.prepare("update users set name = 'changed' where id = 1").run()
          expect(all.all()).toEqual(['changed', name])
          generations.push(lane.generation)
        })
      }
      test('generations rise', ({ expect }) => {
        expect(generations[1]).toBe(generations[0] + 1)
        expect(generations[2]).toBe(generations[1] + 1)
      })
    `,
  })
  const { exitCode, passed, output } = await it.run()
  expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 4 })
})

test.for(versions)(
  "Vitest %s: with reset: 'test' the app server keeps its connection and its prepared statements, and meets the base too",
  async (version) => {
    const it = await project(
      {
        'server.js': `
        import { createServer } from 'node:http'
        import Database from 'better-sqlite3'
        const db = new Database(new URL(process.env.DATABASE_URL).pathname)
        db.pragma('foreign_keys = ON')
        const insert = db.prepare('insert into users (name) values (?)')
        const names = db.prepare('select name from users order by id').pluck()
        createServer((request, response) => {
          if (request.method === 'POST') insert.run(request.url)
          response.end(JSON.stringify({ pid: process.pid, names: names.all() }))
        }).listen(Number(process.env.PORT), '127.0.0.1')
      `,
        'lanes.ts': `
        import { defineLanes, port, server, sqlite } from '@isolane/core'
        export const lanes = defineLanes({
          database: sqlite({ schema: 'schema.sql', seed: (db) => db.exec("insert into users values (1, 'base')") }),
          port: port(), app: server({ command: 'node server.js' }),
        })
      `,
        'app.test.ts': `
        import { laneTest } from '@isolane/vitest'
        import { lanes } from './lanes.ts'
        const test = laneTest(lanes, { reset: 'test' })
        const pids = new Set()
        for (const name of ['first', 'second', 'third']) {
          test(name, async ({ app, database, expect }) => {
            const ask = async (method) => await (await fetch(app.url + '/' + name, { method })).json()
            const before = await ask('GET')
            pids.add(before.pid)
            expect(before.names).toEqual(['base'])
            expect((await ask('POST')).names).toEqual(['base', '/' + name])
            const own = database.open()
            own.exec("update users set name = 'changed' where id = 1; create table more (x)")
            expect((await ask('GET')).names).toEqual(['changed', '/' + name])
          })
        }
        test('one server', ({ expect }) => expect(pids.size).toBe(1))
      `,
      },
      {},
      [],
      version,
    )
    const { exitCode, passed, output } = await it.run()
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 4 })
    expect(await it.leftovers()).toEqual([])
  },
)

test.for(versions)(
  'Vitest %s: a test that leaves a transaction open is named, and those after it run on another lane',
  async (version) => {
    const it = await project(
      {
        'open.test.ts': `
      import { appendFileSync } from 'node:fs'
      import { DatabaseSync } from 'node:sqlite'
      import { laneTest } from '@isolane/vitest'
      import { describe } from 'vitest'
      import { lanes } from './lanes.ts'
      const test = laneTest(lanes, { reset: 'test' })
      const ran = (what) => appendFileSync('ran.txt', what + '\\n')
      // As an app has it: nobody but the app knows of it.
      const app = new DatabaseSync(lanes.current().database.path)
      const names = () => app.prepare('select name from users').all().map(({ name }) => name)
      test('writes', ({ lane, expect }) => {
        ran('writes ' + lane.id)
        expect(names()).toEqual([])
        app.exec("insert into users (name) values ('a')")
      })
      describe('all', () => {
        test('fails', ({ lane, expect }) => {
          ran('fails ' + lane.id)
          expect(names()).toEqual(['never'])
        })
        test.skip('skipped', () => {})
        test('leaves a transaction open', ({ lane }) => {
          ran('opens ' + lane.id)
          app.exec("begin immediate; insert into users (name) values ('x')")
        })
        test('comes after it', ({ lane, expect }) => {
          ran('after ' + lane.id)
          expect(names()).toEqual([])
        })
      })
      test('leaves one too', ({ lane, database }) => {
        ran('again ' + lane.id)
        database.open().exec("begin; insert into users (name) values ('x')")
      })
      test('comes last', ({ lane, expect }) => {
        ran('last ' + lane.id)
        expect(names()).toEqual([])
      })
    `,
        'beside.test.ts': writer('beside'),
      },
      {},
      [],
      version,
    )
    const { exitCode, passed, failures, output } = await it.run()
    expect({ exitCode, passed, failures }, output).toEqual({
      exitCode: 1,
      passed: 6,
      failures: ['all fails'],
    })
    const ran = (await readFile(join(it.dir, 'ran.txt'), 'utf8')).trim().split('\n')
    const [tests, lanes] = [0, 1].map((at) => ran.map((line) => line.split(' ')[at]))
    expect(tests).toEqual(['writes', 'fails', 'opens', 'after', 'again', 'last'])
    const [first, , opens, after, again, last] = lanes ?? []
    expect([opens, again]).toEqual([first, after])
    expect(after).not.toBe(opens)
    expect(last).not.toBe(again)
    for (const culprit of ['"all > leaves a transaction open"', '"leaves one too"']) {
      expect(output).toContain(
        `isolane: ${culprit} (open.test.ts) left its lane so that it could not be reset: a connection holds an open write transaction. What comes after it runs in a new worker, on another lane.`,
      )
    }
    expect(output).toMatch(/Test Files {2}1 failed \| 1 passed \(2\)/)
    expect(await it.leftovers()).toEqual([])
  },
)

test('with coverage, which a new worker would not have, the tests after it fail and name it, and the next file is clean', async () => {
  const it = await project({
    'vitest.config.ts': `
      import { isolated } from '@isolane/vitest'
      import { lanes } from './lanes.ts'
      export default { plugins: [isolated(lanes)], test: { pool: 'isolated', coverage: { enabled: true, include: ['by-name.ts'] } } }
    `,
    'open.test.ts': `
      import { laneTest } from '@isolane/vitest'
      import { lanes } from './lanes.ts'
      const test = laneTest(lanes, { reset: 'test' })
      test('leaves it open', ({ database }) => {
        database.open().exec("begin immediate; insert into users (name) values ('x')")
      })
      test('comes after it', () => {})
      test('comes last', () => {})
    `,
    'z.test.ts': writer('z'),
  })
  const { exitCode, passed, failures, output } = await it.run('--maxWorkers=1')
  expect({ exitCode, passed, failures }, output).toEqual({
    exitCode: 1,
    passed: 2,
    failures: ['comes after it', 'comes last'],
  })
  expect(output).toMatch(
    /IsolaneError: Lane \S+ could not be reset after "leaves it open": a connection holds an open write transaction\nHint: close the transaction or connection the test leaves open, or use reset: "file"\./,
  )
  expect(output).not.toContain('runs in a new worker')
  expect(await it.leftovers()).toEqual([])
})

test.for([
  ['5.1', 1],
  ['5.1', 2],
  ['4.1', 1],
] as const)(
  'Vitest %s, isolate: false with maxWorkers %i: a file that leaves a transaction open is named, and the next one is clean',
  async ([version, workers]) => {
    const it = await project(
      {
        'vitest.config.ts': `
        import { isolated } from '@isolane/vitest'
        import { ByName } from './by-name.ts'
        import { lanes } from './lanes.ts'
        export default { plugins: [isolated(lanes)], test: { pool: 'isolated', sequence: { sequencer: ByName } } }
      `,
        'a.test.ts': `
        import { writeFileSync } from 'node:fs'
        import { test } from 'vitest'
        import { lanes } from './lanes.ts'
        test('fine', () => {})
        test('leaves it open', () => {
          lanes.current().database.open().exec("begin immediate; insert into users (name) values ('x')")
        })
        test('after it', () => writeFileSync('done', ''))
      `,
        // The other worker stays with it, so that at least one file comes after the first on its lane.
        'b.test.ts': `
        import { existsSync } from 'node:fs'
        while (!existsSync('done')) await new Promise((resolve) => setTimeout(resolve, 10))
        ${writer('b')}
      `,
        ...Object.fromEntries(['c', 'd'].map((name) => [`${name}.test.ts`, writer(name)])),
      },
      {},
      [],
      version,
    )
    const { exitCode, passed, output } = await it.run('--no-isolate', `--maxWorkers=${workers}`)
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 6 })
    const named = output.match(/isolane: .* left its lane .*/g)
    expect(named, output).toHaveLength(1)
    expect(named?.[0]).toContain('isolane: "leaves it open" (a.test.ts) left its lane')
    expect(await it.leftovers()).toEqual([])
  },
)

test("every try and every repeat of a test meets the base with reset: 'test'", async () => {
  const it = await project({
    'tries.test.ts': `
      import { laneTest } from '@isolane/vitest'
      import { lanes } from './lanes.ts'
      const test = laneTest(lanes, { reset: 'test' })
      const found = []
      const note = (database) => {
        const db = database.open()
        found.push(db.prepare('select count(*) from users').pluck().get())
        db.exec("insert into users (name) values ('x')")
        return found.length
      }
      test('third time lucky', { retry: 2 }, ({ database, expect }) => {
        expect(note(database)).toBe(3)
      })
      test('again and again', { repeats: 2 }, ({ database }) => void note(database))
      test('all found the base', ({ expect }) => {
        expect(found).toEqual([0, 0, 0, 0, 0, 0])
      })
      test('is in its own way', { retry: 1 }, ({ database, expect }) => {
        database.open().exec("begin immediate; insert into users (name) values ('x')")
        expect(1).toBe(2)
      })
      test('is not in the way of others', ({ database, expect }) => {
        expect(database.open().prepare('select count(*) from users').pluck().get()).toBe(0)
      })
    `,
  })
  const { exitCode, passed, failures, output } = await it.run()
  expect({ exitCode, passed, failures }, output).toEqual({
    exitCode: 1,
    passed: 4,
    failures: ['is in its own way'],
  })
  expect(output).toMatch(
    /IsolaneError: Lane \S+ could not be reset after "is in its own way": a connection holds an open write transaction/,
  )
  expect(output).not.toContain('packages/core/dist')
})

test("concurrent tests are refused with reset: 'test', however they became concurrent", async () => {
  const it = await project({
    'concurrent.test.ts': `
      import { laneTest } from '@isolane/vitest'
      import { describe } from 'vitest'
      import { lanes } from './lanes.ts'
      const test = laneTest(lanes, { reset: 'test' })
      test.concurrent('beside others', () => {})
      describe.concurrent('suite', () => { test('in a suite', () => {}) })
      test('alone', () => {})
    `,
  })
  const { exitCode, passed, failures, output } = await it.run()
  expect({ exitCode, passed, failures }).toEqual({
    exitCode: 1,
    passed: 1,
    failures: ['beside others', 'suite in a suite'],
  })
  for (const name of ['beside others', 'in a suite']) {
    expect(output).toContain(
      `IsolaneError: "${name}" is concurrent, but laneTest resets the lane before every test`,
    )
  }
  const all = await it.run('--sequence.concurrent')
  expect({ passed: all.passed, failed: all.failed }).toEqual({ passed: 0, failed: 3 })
})

const writer = (name: string): string => `
  import { expect, test } from 'vitest'
  import { lanes } from './lanes.ts'
  const { database } = lanes.current()
  test('${name} finds the base', () => {
    const db = database.open()
    expect(db.prepare('select count(*) from users').pluck().get()).toBe(0)
    db.prepare("insert into users (name) values ('${name}')").run()
  })
`

test.for([1, 2])(
  'isolate: false with maxWorkers %i: every file finds the base',
  async (workers) => {
    const files = ['a', 'b', 'c', 'd'].map((name) => [`${name}.test.ts`, writer(name)])
    const it = await project(Object.fromEntries(files) as Record<string, string>)
    const { exitCode, passed, output } = await it.run('--no-isolate', `--maxWorkers=${workers}`)
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 4 })
    expect(await it.leftovers()).toEqual([])
  },
)

test('the database of a failed test is kept, with a command that opens it and a diff', async () => {
  const it = await project({
    'fails.test.ts': `
      import { expect, test } from 'vitest'
      import { lanes } from './lanes.ts'
      test('fails \\u001b[31mred', () => {
        lanes.current().database.open().prepare("insert into users (name) values ('kept')").run()
        expect(1).toBe(2)
      })
    `,
  })
  const { exitCode, output } = await it.run()
  expect(exitCode).toBe(1)
  const kept = output.slice(output.indexOf('Kept from the lanes of failed tests'))
  expect(kept).toMatch(/fails red {2}\(lane \S+, at the end of its file\)\n {4}database: users \+1/)
  const [, path] = /^ +(<project>\/\.isolane\/failed\/.+\.db)$/m.exec(kept) ?? []
  expect(path, kept).toBeDefined()
  expect(kept).toMatch(/ {6}open: .*\.isolane\/failed\//)
  expect(readFileSync(join(it.dir, '.isolane', '.gitignore'), 'utf8')).toBe('*\n')
  const database = new DatabaseSync(String(path).replace('<project>', it.dir))
  expect(database.prepare('select name from users').all()).toMatchObject([{ name: 'kept' }])
  database.close()
})
