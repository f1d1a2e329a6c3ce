import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { project } from './support/project.ts'

/** The paths that the end of a run names, in order. */
function pathsOf(output: string, dir: string): readonly string[] {
  const kept = output.slice(output.indexOf('Kept from the lanes of failed tests'))
  const found = kept.matchAll(/^ +(<project>\/\.isolane\/failed\/.+\.db)$/gm)
  return [...found].map(([, path]) => String(path).replace('<project>', dir))
}

test('every failed test of a file has a copy of its own, whatever its name', async () => {
  const it = await project({
    'like.test.ts': `
      import { laneTest } from '@isolane/vitest'
      import { describe } from 'vitest'
      import { lanes } from './lanes.ts'
      const test = laneTest(lanes)
      describe('a suite whose title has no less than sixty characters in it', () => {
        for (const name of ['first', 'second']) {
          test(name, ({ database, expect }) => {
            database.open().prepare('insert into users (name) values (?)').run(name)
            expect(1).toBe(2)
          })
        }
      })
    `,
  })
  const { failed, output } = await it.run()
  const users = pathsOf(output, it.dir).map((path) => {
    const database = new DatabaseSync(path)
    const names = database.prepare('select name from users').all()
    database.close()
    return names.map(({ name }) => name)
  })
  expect({ failed, users }, output).toEqual({ failed: 2, users: [['first'], ['first', 'second']] })
})

test('the end of a run names only copies that are there', async () => {
  const it = await project({
    'many.test.ts': `
      import { laneTest } from '@isolane/vitest'
      import { lanes } from './lanes.ts'
      const test = laneTest(lanes)
      for (let at = 1; at <= 53; at += 1) test('fails ' + at, ({ expect }) => expect(1).toBe(2))
    `,
  })
  const { failed, output } = await it.run()
  const paths = pathsOf(output, it.dir)
  expect({ failed, named: paths.length }, output).toEqual({ failed: 53, named: 50 })
  expect(paths.filter((path) => !existsSync(path))).toEqual([])
  expect(output.match(/database: nothing changed/g)).toHaveLength(53)
  expect(output).toContain('\n  Only the newest copies stay: 3 of these are gone.\n')
})

test('the name of a failed test cannot steer the terminal', async () => {
  const it = await project({
    'hostile.test.ts': `
      import { expect, test } from 'vitest'
      test('fails \\u001b[31mred\\n \\u202etxet', () => expect(1).toBe(2))
    `,
  })
  const { output } = await it.run()
  const kept = output.slice(output.indexOf('Kept from the lanes of failed tests'))
  expect(kept).toMatch(/^ {2}fails red {2}\\u\{202e\}txet {2}\(lane /m)
})
