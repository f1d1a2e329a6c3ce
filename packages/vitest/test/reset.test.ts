import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { project } from './support/project.ts'

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

test('a test that leaves a transaction open is named by the next one', async () => {
  const it = await project({
    'open.test.ts': `
      import { laneTest } from '@isolane/vitest'
      import { lanes } from './lanes.ts'
      const test = laneTest(lanes, { reset: 'test' })
      test('leaves a transaction open', ({ database }) => {
        const db = database.open()
        db.exec("begin immediate; insert into users (name) values ('x')")
      })
      test('comes after it', () => {})
    `,
  })
  const { exitCode, failures, output } = await it.run()
  expect({ exitCode, failures }, output).toEqual({ exitCode: 1, failures: ['comes after it'] })
  expect(output).toMatch(
    /IsolaneError: Lane \S+ could not be reset after "leaves a transaction open": .*transaction/,
  )
  expect(output).toContain('Hint: close the transaction or connection the test leaves open')
  expect(output).not.toContain('packages/core/dist')
})

test("a concurrent test is refused with reset: 'test'", async () => {
  const it = await project({
    'concurrent.test.ts': `
      import { laneTest } from '@isolane/vitest'
      import { lanes } from './lanes.ts'
      const test = laneTest(lanes, { reset: 'test' })
      test.concurrent('beside others', () => {})
    `,
  })
  const { exitCode, failures, output } = await it.run()
  expect({ exitCode, failures }).toEqual({ exitCode: 1, failures: ['beside others'] })
  expect(output).toContain(
    'IsolaneError: "beside others" is concurrent, but laneTest resets the lane before every test',
  )
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
