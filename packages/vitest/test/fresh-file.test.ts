import { expect, test } from 'vitest'
import { project } from './support/project.ts'

/** A migration as an app does it: settings that a reset in place does not touch or cannot take back while it is open. */
const migrate = `
  const migrate = (database) => {
    const db = database.open()
    const before = { version: db.pragma('user_version', { simple: true }), mode: db.pragma('journal_mode', { simple: true }) }
    db.exec("pragma journal_mode = delete; pragma page_size = 8192; vacuum; pragma user_version = 1; drop table users")
    db.close()
    return before
  }
`

test("with database: 'fresh-file' every test of laneTest gets a new file, and open connections are named", async () => {
  const it = await project({
    'migrate.test.ts': `
      import { statSync } from 'node:fs'
      import { laneTest } from '@isolane/vitest'
      import { lanes } from './lanes.ts'
      const test = laneTest(lanes, { reset: 'test', database: 'fresh-file' })
      const seen = new Set()
      ${migrate}
      for (const name of ['first', 'second', 'third']) {
        test(name, ({ database, expect }) => {
          seen.add(statSync(database.path).ino + ' ' + statSync(database.path).birthtimeMs)
          expect(migrate(database)).toEqual({ version: 0, mode: 'wal' })
        })
      }
      test('three files', ({ expect }) => expect(seen.size).toBe(3))
      let kept
      test('keeps a connection', ({ database }) => {
        kept = database.open()
      })
      test('comes after it', () => {})
      test('comes after that', () => {})
    `,
  })
  const { exitCode, passed, failures, output } = await it.run()
  expect({ exitCode, passed, failures }, output).toEqual({
    exitCode: 1,
    passed: 5,
    failures: ['comes after it', 'comes after that'],
  })
  expect(output).toContain(
    'IsolaneError: "comes after it" cannot get a fresh database file: this worker still has 1 connection to the old one open, after "keeps a connection".',
  )
  expect(output).toContain(
    "Hint: open connections in the test and close them at its end, or leave out database: 'fresh-file'.",
  )
})

test.for([true, false])(
  "isolated with database: 'fresh-file' gives every file a new file, isolate %s",
  async (isolate) => {
    const file = (left: string): string => `
      import { expect, test } from 'vitest'
      import { lanes } from './lanes.ts'
      ${migrate}
      test('migrates', () => {
        expect(migrate(lanes.current().database)).toEqual({ version: 0, mode: 'wal' })
        ${left}
      })
    `
    const it = await project({
      'vitest.config.ts': `
        import { isolated } from '@isolane/vitest'
        import { ByName } from './by-name.ts'
        import { lanes } from './lanes.ts'
        export default {
          plugins: [isolated(lanes, { database: 'fresh-file' })],
          test: { pool: 'isolated', maxWorkers: 1, isolate: ${isolate}, sequence: { sequencer: ByName } },
        }
      `,
      'a.test.ts': file(
        `globalThis.left = lanes.current().database.open(); left.pragma('journal_mode = wal'); left.exec('create table x (y)')`,
      ),
      'b.test.ts': file(''),
      'c.test.ts': file(''),
    })
    const { exitCode, passed, output } = await it.run()
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 3 })
    const named = output.match(/isolane: .* left its lane .*/g) ?? []
    // The connection of an ended worker is closed.
    expect(named).toEqual(
      isolate
        ? []
        : [
            'isolane: a.test.ts left its lane so that it could not be reset: a connection to the database is still open, and a new file can only take the place of one that nobody uses. What comes after it runs in a new worker, on another lane.',
          ],
    )
    expect(await it.leftovers()).toEqual([])
  },
)
