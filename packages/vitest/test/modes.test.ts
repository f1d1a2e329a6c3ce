import { execFileSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { errorsIn } from './support/guarded.ts'
import { project, versions } from './support/project.ts'
import type { Project, VitestVersion } from './support/project.ts'
import { haveSandboxes } from './support/sandboxes.ts'

/** Every file finds the base and writes; the tests of `a` each find it. */
const files = {
  'source.ts': 'export const source = 1',
  'a.test.ts': `
    import { laneTest } from '@isolane/vitest'
    import { lanes } from './lanes.ts'
    import { source } from './source.ts'
    const test = laneTest(lanes, { reset: 'test' })
    const once = (expect, { database }, name) => {
      const users = database.open()
      expect(users.prepare('select count(*) from users').pluck().get()).toBe(0)
      users.prepare('insert into users (name) values (?)').run(name)
    }
    let tries = 0
    test('retried', { retry: 2 }, ({ database, expect }) => {
      // Vitest keeps a test's fixtures for its next try: what the first one wrote is there still.
      if (tries === 0) once(expect, { database }, 'retried')
      if (tries++ < 2) throw new Error('again')
    })
    test('after it', ({ database, expect }) => once(expect, { database }, 'after it'))
    test('snapshot', ({ expect }) => { expect(typeof source).toMatchSnapshot() })
  `,
  'b.test.ts': plain('b'),
  'c.test.ts': plain('c'),
}

function plain(name: string): string {
  return `
    import { expect, test } from 'vitest'
    import { lanes } from './lanes.ts'
    let repeated = 0
    test('${name} finds the base', { repeats: 2 }, () => {
      const { database, port, slot, id } = lanes.current()
      const users = database.open()
      expect(users.prepare('select count(*) from users').pluck().get()).toBe(repeated++)
      users.prepare("insert into users (name) values ('x')").run()
      expect(port.number).toBeGreaterThan(1023)
      expect(String(slot)).toBe(process.env.VITEST_POOL_ID)
      console.log('lane ' + id + ' slot ' + slot)
    })
  `
}

const inSandboxes =
  'isolane: every worker runs in a sandbox with network, files and processes of its own.'

const lanesOf = ({ output }: { output: string }): readonly string[] => [
  ...new Set(output.match(/^lane \S+ slot \d+$/gm)),
]

interface Mode {
  readonly version: VitestVersion
  readonly sandbox: '0' | '1'
}

const modes: readonly Mode[] = [
  ...versions.map((version): Mode => ({ version, sandbox: '0' })),
  ...(haveSandboxes ? versions : []).map((version): Mode => ({ version, sandbox: '1' })),
]

/** Vitest 5 reads names without running files, and takes every call of `…Test(…)` for a test. */
const exactList = (version: VitestVersion): readonly string[] =>
  version === '5.1' ? ['--no-static-parse'] : []

const made = async (
  { version, sandbox }: Mode,
  more: Readonly<Record<string, string>> = {},
): Promise<Project> =>
  await project({ ...files, ...more }, { ISOLANE_SANDBOX: sandbox }, [], version)

describe.for(modes)('Vitest $version, sandbox $sandbox', (mode) => {
  test('retry, repeats, snapshots; isolate: false with one worker', async () => {
    const it = await made(mode)
    const whole = await it.run('--maxWorkers=1')
    expect(whole, whole.output).toMatchObject({ exitCode: 0, passed: 5, failed: 0 })
    expect(whole.output).toContain('1 written')
    expect(whole.output.split(inSandboxes).length - 1).toBe(Number(mode.sandbox))
    expect(lanesOf(whole)).toHaveLength(2)

    const shared = await it.run('--no-isolate', '--maxWorkers=1')
    expect(shared, shared.output).toMatchObject({ exitCode: 0, passed: 5, failed: 0 })
    expect(shared.output).not.toContain('1 written')
    expect(lanesOf(shared)).toHaveLength(1)
    expect(await it.leftovers()).toEqual([])
  })

  test('--changed: a source concerns its tests, an input of a template all', async () => {
    const it = await made(mode, { '.gitignore': 'node_modules\n.isolane\n__snapshots__\n' })
    const git = (...args: readonly string[]): void => {
      const identity = ['-c', 'user.name=test', '-c', 'user.email=test@isolane.test']
      execFileSync('git', [...identity, ...args], { cwd: it.dir, stdio: 'ignore' })
    }
    git('init')
    git('add', '.')
    git('commit', '-m', 'base')
    await it.write({ 'source.ts': 'export const source = 2' })
    const source = await it.run('--changed')
    expect(source.output.split(inSandboxes).length - 1).toBe(Number(mode.sandbox))
    expect(source, source.output).toMatchObject({ exitCode: 0, passed: 3 })
    git('checkout', 'source.ts')
    await it.write({ 'schema.sql': 'create table users (id integer primary key, name, more);' })
    const schema = await it.run('--changed')
    expect(schema, schema.output).toMatchObject({ exitCode: 0, passed: 5 })
  })

  test('projects with different lanes', async () => {
    const it = await project(different, { ISOLANE_SANDBOX: mode.sandbox }, [], mode.version)
    const { exitCode, passed, output } = await it.run()
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 2 })
    expect(output.includes(inSandboxes)).toBe(mode.sandbox === '1')
    expect(await it.leftovers()).toEqual([])
  })
})

describe.for(versions)('Vitest %s', (version) => {
  const mode: Mode = { version, sandbox: '0' }

  test('list, shard with one worker, bail', async () => {
    const it = await made(mode)
    const { child, output, ended } = it.start('list', '--pool=isolated', ...exactList(version))
    await ended
    expect({ exitCode: child.exitCode, tests: output().trim().split('\n').toSorted() }).toEqual({
      exitCode: 0,
      tests: [
        'a.test.ts > after it',
        'a.test.ts > retried',
        'a.test.ts > snapshot',
        'b.test.ts > b finds the base',
        'c.test.ts > c finds the base',
      ],
    })
    // No lane is made for it, so no template either.
    expect(await readdir(join(it.cacheDir, 'templates')).catch(() => [])).toEqual([])

    const shards = [
      await it.run('--shard=1/2', '--no-file-parallelism'),
      await it.run('--shard=2/2', '--no-file-parallelism'),
    ]
    expect(shards.map(({ exitCode }) => exitCode)).toEqual([0, 0])
    expect(shards.reduce((sum, { passed }) => sum + passed, 0)).toBe(5)
    expect(new Set(shards.flatMap(lanesOf).map((line) => line.split(' ').at(-1)))).toEqual(
      new Set(['1']),
    )

    const fails = "import { test } from 'vitest'\ntest('fails', () => { throw new Error('no') })"
    await it.write({ 'a.test.ts': fails, 'b.test.ts': fails, 'c.test.ts': fails })
    const bailed = await it.run('--bail=1', '--maxWorkers=1')
    expect(bailed, bailed.output).toMatchObject({ exitCode: 1, failures: ['fails'] })
    expect(await it.leftovers()).toEqual([])
  })

  test('a file that cannot be loaded fails with its own error and no other, as with forks', async () => {
    const it = await made(mode, { 'a.test.ts': "import 'no-such-package'" })
    const ours = await it.run()
    expect(ours, ours.output).toMatchObject({ exitCode: 1, passed: 2, failed: 0 })
    expect(errorsIn(ours.output)).toEqual([
      'FAIL  a.test.ts [ a.test.ts ]\n' +
        "Error: Cannot find package 'no-such-package' imported from <project>/a.test.ts\n" +
        ' ❯ a.test.ts:1:1',
    ])
    expect(ours.output).not.toContain('Unhandled')
    expect(await it.leftovers()).toEqual([])
  })

  test('a lane is named only where there is one: not while tests are listed', async () => {
    const it = await made(mode, {
      'a.test.ts': "import { lanes } from './lanes.ts'\nlanes.current()",
      'vitest.config.ts': inherited,
    })
    const { child, output, ended } = it.start(
      'list',
      'a.test.ts',
      '--project=one',
      ...exactList(version),
    )
    await ended
    expect(child.exitCode, output()).toBe(1)
    expect(output()).toContain(
      'IsolaneError: lanes.current() was called while tests are only collected: no lane is made to list them.\n' +
        'Hint: call lanes.current() in tests, hooks and fixtures, not at the top of the file.',
    )
    // Two projects that inherit the plugin from the root have lanes of their own each.
    const both = await it.run('b.test.ts')
    expect(both, both.output).toMatchObject({ exitCode: 0, passed: 2 })
    expect(lanesOf(both)).toHaveLength(2)
  })

  test('another pool runs without lanes and says so once', async () => {
    const it = await project(
      {
        'a.test.ts':
          "import { expect, test } from 'vitest'\ntest('a', () => { expect(process.env.ISOLANE_LANE).toBeUndefined() })",
      },
      {},
      [],
      version,
    )
    const { child, output, ended } = it.start('run', '--pool=vmForks')
    await ended
    expect(child.exitCode, output()).toBe(0)
    expect(output().split('lanes are off').length).toBe(2)
    expect(output()).toContain(
      'isolane: lanes are off, because the pool is "vmForks". Run vitest with --pool=isolated.',
    )
  })
})

test('a version of Vitest out of range is refused', async () => {
  const it = await project(files, {}, [], '5.0')
  const { exitCode, passed, output } = await it.run()
  expect({ exitCode, passed }).toEqual({ exitCode: 1, passed: 0 })
  expect(output).toContain(
    'IsolaneError: isolated() does not know Vitest 5.0.5: it works with Vitest 4.1 and later 4.x, and with 5.1 and later 5.x.\n' +
      'Hint: npm i -D vitest@5',
  )
  expect(output).not.toMatch(/isolane\/vitest\/dist/)
})

const inherited = `
  import { isolated } from '@isolane/vitest'
  import { defineConfig } from 'vitest/config'
  import { lanes } from './lanes.ts'
  export default defineConfig({
    plugins: [isolated(lanes)],
    test: { pool: 'isolated', projects: ['one', 'two'].map((name) => ({ extends: true, test: { name } })) },
  })
`

const different = {
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
}
