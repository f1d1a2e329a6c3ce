import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { project, versions } from './support/project.ts'
import { until } from './support/until.ts'

/**
 * A database named by `name`, which a worker's fixture removes when the worker ends. The clean-up of the first file
 * ends only when the second file has its rows in, and the second file looks only when that clean-up is over.
 */
const cleansUpLate = (name: string): string => `
  import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs'
  import { expect, test as base } from 'vitest'
  const until = async (condition) => { while (!condition()) await new Promise((done) => setTimeout(done, 5)) }
  const test = base.extend({
    db: [async ({}, use) => {
      const path = ${name} + '.rows'
      const first = !existsSync('order')
      appendFileSync('order', path + '\\n')
      writeFileSync(path, 'rows')
      if (!first) writeFileSync('second-wrote', '')
      await use({ path, first })
      if (first) await until(() => existsSync('second-wrote'))
      rmSync(path, { force: true })
      if (first) writeFileSync('first-cleaned', '')
    }, { scope: 'worker' }],
  })
  test('finds its own rows', async ({ db }) => {
    if (!db.first) await until(() => existsSync('first-cleaned'))
    expect(existsSync(db.path)).toBe(true)
  })
`

test('the late clean-up of one worker does not reach the lane of the next, as it does with a pool id', async () => {
  const both = (name: string): Readonly<Record<string, string>> => ({
    'a.test.ts': cleansUpLate(name),
    'b.test.ts': cleansUpLate(name),
  })
  const theirs = await project(both('process.env.VITEST_POOL_ID'))
  const { child, output, ended } = theirs.start('run', '--pool=forks', '--maxWorkers=1')
  await ended
  expect(child.exitCode, output()).toBe(1)
  expect(output()).toMatch(/Tests {2}1 failed \| 1 passed/)
  const ours = await project(both('process.env.ISOLANE_LANE'))
  const own = await ours.run('--maxWorkers=1')
  expect(own, own.output).toMatchObject({ exitCode: 0, passed: 2, failed: 0 })
  const names = (await readFile(join(ours.dir, 'order'), 'utf8')).trim().split('\n')
  expect(new Set(names).size).toBe(2)
})

describe.for(versions)('Vitest %s', (version) => {
  test('SIGKILL of the main process also ends a worker that loops', async () => {
    const it = await project(
      {
        'loops.test.ts': `
          import { spawn } from 'node:child_process'
          import { writeFileSync } from 'node:fs'
          import { test } from 'vitest'
          test('loops', () => {
            spawn('sleep', ['600'], { stdio: 'ignore', detached: true })
            writeFileSync('looping', '')
            for (;;);
          })
        `,
      },
      {},
      [],
      version,
    )
    const { child, output, ended } = it.start('run', '--pool=isolated')
    await until('the test loops', () => existsSync(join(it.dir, 'looping')), output)
    expect(await it.leftovers()).not.toEqual([])
    child.kill('SIGKILL')
    await ended
    await it.nothingLeft(output)
    expect(await it.leftovers()).toEqual([])
  })

  test('a connection that a module keeps over all files of a worker sees the base in each of them', async () => {
    const finds = `
      import { expect, test } from 'vitest'
      import { app, insert } from './app.ts'
      test('finds the base', () => {
        expect(app.prepare('select name from users').pluck().all()).toEqual([])
        insert.run('left')
      })
    `
    const it = await project(
      {
        'app.ts': `
          import { lanes } from './lanes.ts'
          globalThis.app ??= lanes.current().database.open()
          globalThis.insert ??= globalThis.app.prepare('insert into users (name) values (?)')
          export const { app, insert } = globalThis
        `,
        ...Object.fromEntries(['a', 'b', 'c'].map((name) => [`${name}.test.ts`, finds])),
      },
      {},
      [],
      version,
    )
    const { exitCode, passed, output } = await it.run('--no-isolate', '--maxWorkers=1')
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 3 })
    expect(await it.leftovers()).toEqual([])
  })

  test("a worker that does not end its teardown is ended when nothing counts as a hang, long before Vitest's 60 s", async () => {
    const it = await project(
      {
        'vitest.config.ts': `
          import { isolated } from '@isolane/vitest'
          import { lanes } from './lanes.ts'
          export default { plugins: [isolated(lanes, { hang: false })], test: { pool: 'isolated', teardownTimeout: 200 } }
        `,
        'stuck.test.ts': `
          import { test as base } from 'vitest'
          const test = base.extend({ stuck: [async ({}, use) => { await use(1); await new Promise(() => setInterval(() => {}, 60_000)) }, { scope: 'worker' }] })
          test('stuck', ({ stuck }) => {})
        `,
        'fine.test.ts': "import { test } from 'vitest'\ntest('fine', () => {})",
      },
      {},
      [],
      version,
    )
    const { exitCode, passed, output } = await it.run('--maxWorkers=1')
    expect({ exitCode, passed }, output).toEqual({ exitCode: 1, passed: 2 })
    expect(output).toMatch(
      /^isolane: a worker crashed in its teardown, after stuck\.test\.ts: signal SIGKILL, from outside: .* \(lane [\da-f]{8}-\d+\)\.$/m,
    )
    expect(output).not.toContain('Timeout waiting for worker')
    expect(await it.leftovers()).toEqual([])
  })

  test('what globalSetup provides and prepares is there, and it is torn down once', async () => {
    const it = await project(
      {
        'vitest.config.ts': `
          import { isolated } from '@isolane/vitest'
          import { lanes } from './lanes.ts'
          export default { plugins: [isolated(lanes)], test: { pool: 'isolated', globalSetup: 'setup.ts', env: { OWN: 'yes' }, execArgv: ['--title=own'] } }
        `,
        'setup.ts': `
          import { appendFileSync } from 'node:fs'
          export default ({ provide }) => {
            appendFileSync('setup', 'up\\n')
            provide('answer', 42)
            return () => appendFileSync('setup', 'down\\n')
          }
        `,
        ...Object.fromEntries(
          ['a', 'b', 'c'].map((name) => [
            `${name}.test.ts`,
            `
              import { expect, inject, test } from 'vitest'
              import { lanes } from './lanes.ts'
              test('${name}', () => {
                expect(inject('answer')).toBe(42)
                expect(process.env).toMatchObject({ OWN: 'yes', ISOLANE_LANE: lanes.current().id })
                expect(process.execArgv).toContain('--title=own')
              })
            `,
          ]),
        ),
      },
      {},
      [],
      version,
    )
    const { exitCode, passed, output } = await it.run('--maxWorkers=2')
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 3 })
    expect(await readFile(join(it.dir, 'setup'), 'utf8')).toBe('up\ndown\n')
    expect(await it.leftovers()).toEqual([])
  })
})

test('templates are built before the first worker is made, whatever they take', async () => {
  const it = await project({
    'vitest.config.ts': `
      import { defineLanes, sqlite } from '@isolane/core'
      import { isolated } from '@isolane/vitest'
      import { existsSync, writeFileSync } from 'node:fs'
      const seed = (db) => { writeFileSync('built', String(existsSync('worker'))); db.exec('create table t (x)') }
      export default { plugins: [isolated(defineLanes({ database: sqlite({ seed }) }))], test: { pool: 'isolated', execArgv: ['--import=' + new URL('./note.mjs', import.meta.url)] } }
    `,
    'note.mjs': "import { writeFileSync } from 'node:fs'\nwriteFileSync('worker', '')",
    'a.test.ts': "import { test } from 'vitest'\ntest('a', () => {})",
  })
  const { exitCode, passed, output } = await it.run()
  expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 1 })
  expect(await readFile(join(it.dir, 'built'), 'utf8')).toBe('false')
  expect(existsSync(join(it.dir, 'worker'))).toBe(true)
})
