import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { project } from './support/project.ts'
import type { VitestVersion } from './support/project.ts'

const config = (options: string, test = ''): string => `
  import { isolated } from '@isolane/vitest'
  import { ByName } from './by-name.ts'
  import { lanes } from './lanes.ts'
  export default {
    plugins: [isolated(lanes, ${options})],
    test: { pool: 'isolated', include: ['**/*.test.ts'], sequence: { sequencer: ByName }, ${test} },
  }
`

/** Finds the rows of the files before it in its group, and notes on which lane, in which place and when it ran. */
const file = (name: string): string => `
  import { mkdirSync, writeFileSync } from 'node:fs'
  import { expect, test } from 'vitest'
  import { lanes } from '../lanes.ts'
  test('${name}', async () => {
    const { database, id, slot } = lanes.current()
    const begunAt = performance.timeOrigin + performance.now()
    const db = database.open()
    const found = db.prepare('select name from users order by id').pluck().all()
    db.prepare('insert into users (name) values (?)').run('${name}')
    db.close()
    await new Promise((resolve) => setTimeout(resolve, 30))
    const endedAt = performance.timeOrigin + performance.now()
    mkdirSync('seen', { recursive: true })
    writeFileSync('seen/${name}', JSON.stringify({ found, id, slot, begunAt, endedAt, pool: Number(process.env.VITEST_POOL_ID) }))
    expect(found).not.toContain('${name}')
    // A Vitest that a test starts has groups of its own.
    expect(process.env).not.toHaveProperty('ISOLANE_GROUP')
  })
`

interface Seen {
  readonly found: readonly string[]
  readonly id: string
  readonly slot: number
  readonly pool: number
  readonly begunAt: number
  readonly endedAt: number
}

async function seenIn(dir: string): Promise<Map<string, Seen>> {
  const names = await readdir(join(dir, 'seen'))
  const seen = names.map(
    async (name) => [name, JSON.parse(await readFile(join(dir, 'seen', name), 'utf8'))] as const,
  )
  return new Map((await Promise.all(seen)) as [string, Seen][])
}

const groups = ['billing', 'users']

interface Mode {
  readonly version: VitestVersion
  readonly workers: number
  readonly isolate: boolean
}

test.for<Mode>([
  { version: '5.1', workers: 1, isolate: true },
  { version: '5.1', workers: 2, isolate: true },
  { version: '5.1', workers: 1, isolate: false },
  { version: '5.1', workers: 2, isolate: false },
  { version: '4.1', workers: 2, isolate: true },
  { version: '4.1', workers: 2, isolate: false },
])(
  'files of a group share a lane, one after another: Vitest $version, maxWorkers $workers, isolate $isolate',
  async ({ version, workers, isolate }) => {
    const names = [
      ...groups.flatMap((group) => [1, 2, 3].map((n) => `${group}/${n}`)),
      'a/1',
      'b/1',
      'c/1',
    ]
    const it = await project(
      {
        'vitest.config.ts': config(
          "{ reset: 'group', group: (file) => /^(billing|users)/.exec(file)?.[0] }",
          `maxWorkers: ${workers}, isolate: ${isolate}`,
        ),
        ...Object.fromEntries(
          names.map((name) => [`${name}.test.ts`, file(name.replace('/', ''))]),
        ),
      },
      {},
      [],
      version,
    )
    const { exitCode, passed, output } = await it.run()
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 9 })
    const seen = await seenIn(it.dir)
    for (const group of groups) {
      const ofGroup = [...seen.values()]
        .filter((_, index) => [...seen.keys()][index]?.startsWith(group))
        .toSorted((left, right) => left.begunAt - right.begunAt)
      expect(ofGroup.map(({ found }) => found.length)).toEqual([0, 1, 2])
      expect(ofGroup.flatMap(({ found }) => found).every((name) => name.startsWith(group))).toBe(
        true,
      )
      expect(new Set(ofGroup.map(({ id }) => id)).size).toBe(1)
      for (const [index, one] of ofGroup.entries()) {
        expect(one.begunAt).toBeGreaterThan(ofGroup[index - 1]?.endedAt ?? 0)
      }
    }
    for (const name of ['a1', 'b1', 'c1']) expect(seen.get(name)?.found, name).toEqual([])
    for (const { slot, pool } of seen.values()) {
      expect(slot).toBeLessThanOrEqual(workers)
      expect(pool).toBe(slot)
    }
    expect(await it.leftovers()).toEqual([])
  },
)

test('no worker is idle while a group waits for itself', async () => {
  const meet = (name: string, other: string): string => `
    import { existsSync, writeFileSync } from 'node:fs'
    import { expect, test } from 'vitest'
    test('${name} runs beside ${other}', { timeout: 20_000 }, async () => {
      writeFileSync('${name}', '')
      await expect.poll(() => existsSync('${other}'), { timeout: 15_000 }).toBe(true)
    })
  `
  const it = await project({
    'vitest.config.ts': config(
      "{ reset: 'group', group: (file) => file.startsWith('g') ? 'g' : undefined }",
    ),
    // Each file of the group needs one outside it at its side, and they need no other.
    'g1.test.ts': meet('g1', 'x'),
    'g2.test.ts': meet('g2', 'y'),
    'g3.test.ts': meet('g3', 'z'),
    'x.test.ts': meet('x', 'g1'),
    'y.test.ts': meet('y', 'g2'),
    'z.test.ts': meet('z', 'g3'),
  })
  const { exitCode, passed, output } = await it.run('--maxWorkers=2')
  expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 6 })
})

test('files that wait when a run is cancelled are skipped, as with forks', async () => {
  const it = await project({
    'vitest.config.ts': config("{ reset: 'group', group: () => 'all' }"),
    'a.test.ts': "import { test } from 'vitest'\ntest('a', () => { throw new Error('red') })",
    'b.test.ts': "import { test } from 'vitest'\ntest('b', () => {})",
    'c.test.ts': "import { test } from 'vitest'\ntest('c', () => {})",
  })
  const grouped = await it.run('--bail=1', '--maxWorkers=2')
  const forks = it.start('run', '--bail=1', '--maxWorkers=1', '--pool=forks')
  await forks.ended
  const summary = (output: string): string[] => output.match(/(Test Files|Tests) {2}.*/g) ?? []
  expect(grouped).toMatchObject({ exitCode: 1, passed: 0, failed: 1, failures: ['a'] })
  expect(summary(grouped.output)).toEqual(summary(forks.output()))
  expect(await it.leftovers()).toEqual([])
})

test.for([true, false])(
  "with reset: 'never' files find what was left, isolate %s",
  async (isolate) => {
    const it = await project({
      'vitest.config.ts': config("{ reset: 'never' }", `maxWorkers: 1, isolate: ${isolate}`),
      ...Object.fromEntries([1, 2, 3].map((n) => [`n/${n}.test.ts`, file(`n${n}`)])),
    })
    const { exitCode, passed, output } = await it.run()
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 3 })
    const seen = [...(await seenIn(it.dir)).values()]
    expect(seen.map(({ found }) => found.length)).toEqual([0, 1, 2])
    expect(new Set(seen.map(({ id }) => id)).size).toBe(1)
    expect(await it.leftovers()).toEqual([])
  },
)

test('a group that is no name, or runs beside a pool that cannot wait, ends the run before its first test', async () => {
  const it = await project({
    'vitest.config.ts': config("{ reset: 'group', group: (file) => file.length }"),
    'a.test.ts': "import { test } from 'vitest'\ntest('a', () => {})",
    'mixed.config.ts': `
      import { isolated } from '@isolane/vitest'
      import { lanes } from './lanes.ts'
      export default { test: { projects: [
        { plugins: [isolated(lanes, { reset: 'group', group: () => 'one' })], test: { name: 'db', pool: 'isolated', include: ['a.test.ts'] } },
        { test: { name: 'unit', pool: 'forks', include: ['a.test.ts'] } },
      ] } }
    `,
  })
  const wrong = await it.run('--maxWorkers=2')
  expect(wrong.exitCode).toBe(1)
  expect(wrong.output).toContain(
    'isolated.group must return a name or undefined; for "a.test.ts" it returned 9.',
  )
  const mixed = it.start('run', '--config=mixed.config.ts', '--maxWorkers=2')
  await mixed.ended
  expect(mixed.child.exitCode).toBe(1)
  expect(mixed.output()).toContain(
    'isolated.group: project "db" has groups and runs beside project "unit", whose pool "forks" cannot wait for them.',
  )
})

test('a lane that cannot be reset in the middle of a group is replaced, and the group goes on', async () => {
  const it = await project({
    'vitest.config.ts': config("{ reset: 'group', group: () => 'all' }"),
    'a.test.ts': `
      import { laneTest } from '@isolane/vitest'
      import { lanes } from './lanes.ts'
      const test = laneTest(lanes, { reset: 'test' })
      test('leaves it open', ({ database }) => {
        database.open().exec("begin immediate; insert into users (name) values ('x')")
      })
      test('comes after it', ({ database, expect }) => {
        const db = database.open()
        expect(db.prepare('select count(*) from users').pluck().get()).toBe(0)
        db.exec("insert into users (name) values ('left')")
      })
    `,
    'b.test.ts': `
      import { expect, test } from 'vitest'
      import { lanes } from './lanes.ts'
      test('finds what was left', () => {
        expect(lanes.current().database.open().prepare('select name from users').pluck().all()).toEqual(['left'])
      })
    `,
  })
  const { exitCode, passed, output } = await it.run('--maxWorkers=2')
  expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 3 })
  expect(output).toContain('isolane: "leaves it open" (a.test.ts) left its lane')
  expect(await it.leftovers()).toEqual([])
})

test.for([true, false])(
  'a group whose worker crashes or hangs goes on from the base, and the run says so, isolate %s',
  async (isolate) => {
    const loops = 'for (;;) {}'
    const dies = (name: string, how: string): string => `
      import { existsSync, writeFileSync } from 'node:fs'
      import { expect, test } from 'vitest'
      import { lanes } from '../lanes.ts'
      test('${name}', { timeout: ${how === loops ? 500 : 60_000} }, () => {
        const db = lanes.current().database.open()
        const found = db.prepare('select name from users').pluck().all()
        db.prepare('insert into users (name) values (?)').run('${name}')
        if (existsSync('${name}')) expect(found).toEqual([])
        writeFileSync('${name}', '')
        ${how}
      })
    `
    const again = "if (found.length > 0) process.kill(process.pid, 'SIGKILL')"
    const it = await project({
      'vitest.config.ts': config(
        "{ reset: 'group', group: (file) => file.split('/')[0], hang: { after: 1_000 } }",
        `isolate: ${isolate}`,
      ),
      'crash/1.test.ts': file('crash1'),
      'crash/2.test.ts': dies('crash2', again),
      'crash/3.test.ts': file('crash3'),
      'hang/1.test.ts': file('hang1'),
      'hang/2.test.ts': dies('hang2', loops),
      'hang/3.test.ts': file('hang3'),
      'last/1.test.ts': file('last1'),
      'last/2.test.ts': dies('last2', loops),
      'alone/1.test.ts': dies('alone1', loops),
    })
    const { passed, failures, output } = await it.run('--maxWorkers=2')
    expect({ passed, failures: failures.toSorted() }, output).toEqual({
      passed: 6,
      failures: ['alone1', 'hang2', 'last2'],
    })
    const seen = await seenIn(it.dir)
    expect(seen.get('crash3')?.found).toEqual(['crash2'])
    expect(seen.get('hang3')?.found).toEqual([])
    expect(output.match(/isolane: group.*/g)?.toSorted()).toEqual([
      'isolane: group "crash" has lost its lane with the worker of crash/2.test.ts: what still runs of it starts from the base, on another lane.',
      'isolane: group "hang" has lost its lane with the worker of hang/2.test.ts: what still runs of it starts from the base, on another lane.',
    ])
    expect(await it.leftovers()).toEqual([])
  },
)
