import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { project } from './support/project.ts'
import { until } from './support/until.ts'

const named = (name: string): string => `
  import { expect, test } from 'vitest'
  import { lanes } from './lanes.ts'
  test('${name}', () => { expect(lanes.current().port.number).toBeGreaterThan(0) })
`

test('vitest list needs no lane', async () => {
  const it = await project({ 'a.test.ts': named('a') })
  const { child, output, ended } = it.start('list', '--pool=isolated')
  await ended
  expect({ exitCode: child.exitCode, output: output().trim() }).toEqual({
    exitCode: 0,
    output: 'a.test.ts > a',
  })
  expect(await readdir(join(it.cacheDir, 'templates')).catch(() => [])).toEqual([])
})

test('another pool runs without lanes and says so once', async () => {
  const it = await project({
    'a.test.ts':
      "import { expect, test } from 'vitest'\ntest('a', () => { expect(process.env.ISOLANE_LANE).toBeUndefined() })",
  })
  const { child, output, ended } = it.start('run', '--pool=forks')
  await ended
  expect(child.exitCode, output()).toBe(0)
  expect(output().split('lanes are off').length).toBe(2)
  expect(output()).toContain(
    'isolane: lanes are off, because the pool is "forks". Run vitest with --pool=isolated.',
  )
})

test('projects have lanes of their own', async () => {
  const it = await project({
    'vitest.config.ts': `
      import { defineLanes, sqlite } from '@isolane/core'
      import { isolated } from '@isolane/vitest'
      const lanes = (name) => defineLanes({ database: sqlite({ seed: (db) => db.exec('create table ' + name + ' (id)'), inputs: [name + '.test.ts'] }) })
      export default { test: { pool: 'isolated', projects: ['one', 'two'].map((name) => ({
        plugins: [isolated(lanes(name))], test: { name, pool: 'isolated', include: [name + '.test.ts'] } })) } }
    `,
    ...Object.fromEntries(
      ['one', 'two'].map((name) => [
        `${name}.test.ts`,
        `
        import Database from 'better-sqlite3'
        import { expect, test } from 'vitest'
        test('${name}', () => {
          const db = new Database(process.env.DATABASE_URL.slice('file:'.length))
          expect(db.prepare('select name from sqlite_schema').pluck().all()).toEqual(['${name}'])
        })`,
      ]),
    ),
  })
  const { exitCode, passed, output } = await it.run()
  expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 2 })
  expect(await it.leftovers()).toEqual([])
})

test('watch mode runs again on a change, with fresh lanes, and leaves nothing', async () => {
  const counts = (text: string): number => text.split(/Tests {2}\d+ passed/).length - 1
  const body = (times: number): string => `
    import { expect, test } from 'vitest'
    import { lanes } from './lanes.ts'
    test('counts ${times}', () => {
      const db = lanes.current().database.open()
      expect(db.prepare('select count(*) from users').pluck().get()).toBe(0)
      db.prepare("insert into users (name) values ('again')").run()
    })
  `
  const it = await project({ 'a.test.ts': body(1) })
  const { child, output, ended } = it.start('watch', '--pool=isolated')
  await until('the first run', () => counts(output()) === 1, output)
  await it.write({ 'a.test.ts': body(2) })
  await until('the second run', () => counts(output()) === 2, output)
  child.kill('SIGTERM')
  await ended
  expect(output()).not.toContain('failed')
  await until('an empty cache directory', async () => (await it.leftovers()).length === 0, output)
})

test('a snapshot is written and read again', async () => {
  const it = await project({
    'snap.test.ts':
      "import { expect, test } from 'vitest'\ntest('snap', () => { expect({ a: 1 }).toMatchSnapshot() })",
  })
  expect((await it.run()).output).toContain('1 written')
  expect(await it.run()).toMatchObject({ exitCode: 0, passed: 1 })
})

test('bail, retry and shard work as with forks', async () => {
  const it = await project({
    'a.test.ts':
      "import { test } from 'vitest'\nlet n = 0\ntest('retried', { retry: 2 }, () => { if (n++ < 2) throw new Error('again') })",
    'b.test.ts': named('b'),
    'c.test.ts': named('c'),
  })
  expect(await it.run('--shard=1/3')).toMatchObject({ exitCode: 0, passed: 1 })
  expect(await it.run()).toMatchObject({ exitCode: 0, passed: 3 })
  await it.write({
    'a.test.ts': "import { test } from 'vitest'\ntest('fails', () => { throw new Error('no') })",
  })
  expect(await it.run('--bail=1', '--maxWorkers=1')).toMatchObject({
    exitCode: 1,
    failures: ['fails'],
  })
  expect(await it.leftovers()).toEqual([])
})
