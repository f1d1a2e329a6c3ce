import { describe, expect, test } from 'vitest'
import { project, versions } from './support/project.ts'
import { replace } from './support/replace.ts'
import { until } from './support/until.ts'

const seeded = (name: string): string => `
  import { defineLanes, sqlite } from '@isolane/core'
  export const lanes = defineLanes({
    database: sqlite({
      schema: 'schema.sql', inputs: ['data'],
      seed: (db) => db.prepare('insert into users (name) values (?)').run('${name}'),
    }),
  })
`

const files = {
  'lanes.ts': seeded('first'),
  'data/one.json': '1',
  'a.test.ts': `
    import { expect, test } from 'vitest'
    import { lanes } from './lanes.ts'
    test('a', () => {
      const users = lanes.current().database.open()
      const columns = users.prepare("select name from pragma_table_info('users')").pluck().all().join()
      console.log('users ' + columns + ': ' + users.prepare('select name from users').pluck().all().join())
      users.exec('delete from users')
    })
  `,
}

describe.for(versions)('Vitest %s', (version) => {
  test('watch mode: templates follow their inputs, and a key builds them anew', async () => {
    const it = await project(files, {}, [], version, true)
    const { child, output, ended, type } = it.start('watch', '--pool=isolated')
    const times = (what: string): number => output().split(what).length - 1
    const waiting = async (runs: number): Promise<void> =>
      await until(`run ${runs} to end`, () => times('Waiting for file changes') === runs, output)
    const built = 'building the database template'

    await waiting(1)
    await until('the hint', () => output().includes('ctrl+l'), output)
    expect(times('users id,name: first'), output()).toBe(1)
    expect(times(built)).toBe(1)
    expect(output()).toContain(
      'isolane: press ctrl+l to build the templates of the lanes anew and run all tests.',
    )

    // A file that nothing imports.
    await replace(it, { 'schema.sql': 'create table users (id integer primary key, name, more);' })
    await waiting(2)
    expect(times('users id,name,more: first'), output()).toBe(1)
    expect(times(built)).toBe(2)

    // In a directory that is an input.
    await replace(it, { 'data/two.json': '2' })
    await waiting(3)
    expect(times(built)).toBe(3)

    // Nothing seems to have changed.
    type('\u000c')
    await waiting(4)
    expect(times(built)).toBe(4)
    expect(times('users id,name,more: first'), output()).toBe(3)

    // A test alone: the template stays.
    await replace(it, { 'a.test.ts': `${files['a.test.ts']}\n` })
    await waiting(5)
    expect(times(built)).toBe(4)

    // The lanes themselves, which the config imports: Vitest begins again.
    await replace(it, { 'lanes.ts': seeded('second') })
    await until('the new seed', () => times('users id,name,more: second') === 1, output)
    await until('the end of the run', () => /second[^]*Waiting for file changes/.test(output()))

    await replace(it, { 'schema.sql': 'create tabel users (id);' })
    await until('an error', () => output().includes('schema.sql:1'), output)
    await replace(it, { 'schema.sql': 'create table users (id, name);' })
    await until('the mended schema', () => times('users id,name: second') === 1, output)

    // Vitest does not listen to its keys while tests run.
    const over = /users id,name: second[^]*Waiting for file changes/
    await until('the end of the last run', () => over.test(output()), output)
    type('q')
    await ended
    // One of the runs was red.
    expect({ exitCode: child.exitCode, red: times('Errors  1 error') }, output()).toEqual({
      exitCode: 1,
      red: 1,
    })
    await it.nothingLeft(output)
  }, 120_000)
})
