import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { project, versions } from './support/project.ts'
import { until } from './support/until.ts'

/** All files are one group. */
const config = (options: string, test: string): Readonly<Record<string, string>> => ({
  'vitest.config.ts': `
    import { isolated } from '@isolane/vitest'
    import { ByName } from './by-name.ts'
    import { lanes } from './lanes.ts'
    export default {
      plugins: [isolated(lanes, { reset: 'group', group: () => 'all', ${options} })],
      test: { pool: 'isolated', include: ['**/*.test.ts'], sequence: { sequencer: ByName }, ${test} },
    }
  `,
})

/** Vitest gives a teardown 60 s: here a thirtieth of that. */
const clocks = {
  'clocks.cjs': `
    if (!process.argv.includes('run')) return
    const original = setTimeout
    globalThis.setTimeout = (callback, ms, ...args) => original(callback, ms === 60_000 ? ms / 30 : ms, ...args)
  `,
}

describe.for(versions)('Vitest %s', (version) => {
  test.for([1, 2])(
    'a file begins when the worker of the one before in its group has left the lane, maxWorkers %i',
    async (workers) => {
      const file = (name: string): string => `
        import { appendFileSync } from 'node:fs'
        import { test } from 'vitest'
        test('${name}', () => appendFileSync('events', '${name} runs\\n'))
      `
      const it = await project(
        {
          ...config('', `maxWorkers: ${workers}, environment: './leaves-late.js'`),
          'leaves-late.js': `
            import { appendFileSync } from 'node:fs'
            import { setTimeout as delay } from 'node:timers/promises'
            export default {
              name: 'leaves-late', viteEnvironment: 'ssr',
              setup: () => ({ async teardown() { await delay(1_000); appendFileSync('events', 'left\\n') } }),
            }
          `,
          'a.test.ts': file('a'),
          'b.test.ts': file('b'),
        },
        {},
        [],
        version,
      )
      const { exitCode, passed, output } = await it.run()
      expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 2 })
      const events = await readFile(join(it.dir, 'events'), 'utf8')
      expect(events.trim().split('\n')).toEqual(['a runs', 'left', 'b runs', 'left'])
      expect(await it.leftovers()).toEqual([])
    },
  )

  test('a group goes on when Vitest has given up a worker whose teardown hangs', async () => {
    const it = await project(
      {
        ...config('hang: { after: 3_000 }', 'maxWorkers: 2, teardownTimeout: 100'),
        ...clocks,
        'a.test.ts': `
          import { test as base } from 'vitest'
          const test = base.extend({ stuck: [async ({}, use) => { await use(1); await new Promise(() => {}) }, { scope: 'worker' }] })
          test('a', ({ stuck }) => {})
        `,
        'b.test.ts': "import { test } from 'vitest'\ntest('b', () => {})",
      },
      { NODE_OPTIONS: '--require ./clocks.cjs' },
      [],
      version,
    )
    const { exitCode, passed, output } = await it.run()
    expect({ exitCode, passed }, output).toEqual({ exitCode: 1, passed: 2 })
    expect(output).toContain('[vitest-pool]: Failed to terminate isolated worker')
    expect(output).toContain('isolane: a worker hangs')
    expect(await it.leftovers()).toEqual([])
  })

  test('a group goes on after a thread that ended by itself', async () => {
    const it = await project(
      {
        ...config("runtime: 'threads'", 'maxWorkers: 2'),
        'a.test.ts': `
          import { test } from 'vitest'
          // Vitest keeps process.exit from doing so.
          test('a', () => process.reallyExit(3))
        `,
        'b.test.ts': "import { test } from 'vitest'\ntest('b', () => {})",
      },
      {},
      [],
      version,
    )
    const { exitCode, passed, output } = await it.run()
    expect({ exitCode, passed }, output).toEqual({ exitCode: 1, passed: 1 })
    expect(output).toContain('Worker exited unexpectedly')
    expect(await it.leftovers()).toEqual([])
  })

  test('a group that was cancelled starts from the base in the next run of watch mode', async () => {
    const file = (name: string, more = ''): string => `
      import { existsSync } from 'node:fs'
      import { test } from 'vitest'
      import { lanes } from './lanes.ts'
      test('${name}', () => {
        const users = lanes.current().database.open()
        console.log('${name} finds [' + users.prepare('select name from users').pluck().all() + ']')
        users.prepare('insert into users (name) values (?)').run('${name}')
        ${more}
      })
    `
    const it = await project(
      {
        ...config('', 'maxWorkers: 1, bail: 1'),
        'a.test.ts': file('a', "if (!existsSync('mended')) throw new Error('red')"),
        'b.test.ts': file('b'),
      },
      {},
      [],
      version,
      true,
    )
    const { output, ended, type } = it.start('watch')
    const waiting = async (runs: number): Promise<void> =>
      await until(
        `run ${runs} to end`,
        () => output().split(/Waiting for file changes|Watching for file changes/).length > runs,
        output,
      )
    await waiting(1)
    expect(output()).toContain('a finds []')
    expect(output()).not.toContain('b finds')
    await it.write({ mended: '' })
    type('a')
    // Vitest does not listen to its keys while tests run.
    await waiting(2)
    type('q')
    await ended
    expect(output().match(/. finds \[.*\]/g)).toEqual(['a finds []', 'a finds []', 'b finds [a]'])
    await it.nothingLeft(output)
  })
})
