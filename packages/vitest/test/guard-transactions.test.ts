import { expect, test } from 'vitest'
import { guarded, saidIn } from './support/guarded.ts'
import { project } from './support/project.ts'

test.for([
  ['better-sqlite3', 'lanes.current().database.open()'],
  ['node:sqlite', 'new DatabaseSync(lanes.current().database.path)'],
])('names the test that leaves a transaction open, however %s was asked', async ([, opened]) => {
  const it = await project({
    ...guarded("'warn'"),
    'begin.test.ts': `
      import { DatabaseSync } from 'node:sqlite'
      import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
      import { lanes } from './lanes.ts'

      let db, begin, savepoint, cleanUp
      beforeAll(() => {
        db = ${opened}
        begin = db.prepare('begin')
        savepoint = db.prepare('/* a\\nb */ -- c\\n savepoint inner')
      })
      beforeEach(() => { cleanUp?.(); cleanUp = () => db.exec('rollback') })

      test('with a statement of beforeAll', () => { begin.run() })
      test('with the same one', () => { begin.run(); savepoint.run() })
      test('with a savepoint', () => { savepoint.run() })
      test('after a comment', () => { db.exec('-- x\\n begin') })
      test('prepared after a comment', () => { db.prepare('/* x */ begin immediate').run() })
      test('within a script', () => { db.exec("insert into users (name) values ('Ada'); begin") })
      test('in a script that fails', () => { expect(() => db.exec('begin; nonsense')).toThrow() })
      test('not when it is over', () => {
        begin.run()
        db.exec('commit')
        savepoint.run()
        db.exec('release inner')
        db.exec('/* x */ begin; commit')
        cleanUp = undefined
      })
      test('beside transactions that close themselves', () => {
        db.transaction?.(() => {})()
        db.prepare('BEGIN').run()
      })
      test('not when it only prepares one', () => { db.prepare('begin') })
    `,
  })
  const { exitCode, passed, output } = await it.run()
  expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 10 })
  const said = (title: string, line: number): string =>
    [
      `isolane: begin.test.ts > ${title} left something behind:`,
      `  begin.test.ts:${line} left a transaction open on the lane's database <lane>/database.db`,
      'Hint: commit or roll back before the test ends.',
    ].join('\n')
  expect(saidIn(output)).toEqual([
    said('after a comment', 17),
    said('beside transactions that close themselves', 31),
    said('in a script that fails', 20),
    said('prepared after a comment', 18),
    said('with a savepoint', 16),
    said('with a statement of beforeAll', 14),
    said('with the same one', 15),
    said('within a script', 19),
  ])
  expect(await it.leftovers()).toEqual([])
})
