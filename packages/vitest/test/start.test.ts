import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { project, versions } from './support/project.ts'

const config = (options: string, more = ''): Record<string, string> => ({
  'vitest.config.ts': `
    import { isolated } from '@isolane/vitest'
    import { defineConfig } from 'vitest/config'
    import { lanes } from './lanes.ts'
    export default defineConfig({ plugins: [isolated(lanes, ${options})], test: { include: ['**/*.test.ts'], pool: 'isolated', ${more} } })
  `,
  'a.test.ts': "import { test } from 'vitest'\ntest('a', () => {})",
})

/** An environment whose setup is `setup`. */
const environment = (setup: string): Record<string, string> => ({
  'slow-environment.js': `
    import { appendFileSync, readFileSync } from 'node:fs'
    export default {
      name: 'slow', viteEnvironment: 'ssr',
      async setup() {
        appendFileSync('starts', 'start\\n')
        const first = readFileSync('starts', 'utf8') === 'start\\n'
        ${setup}
        return { teardown() {} }
      },
    }
  `,
})
const slow = "environment: './slow-environment.js'"

test('a worker that does not come to its start is tried once more in a new process, and it says why', async () => {
  const it = await project({
    ...config('{ hang: { after: 1500 }, spareWorkers: 0 }', slow),
    ...environment('if (first) process.reallyExit(7)'),
  })
  const died = await it.run()
  expect({ exitCode: died.exitCode, passed: died.passed }, died.output).toEqual({
    exitCode: 0,
    passed: 1,
  })
  expect(died.output).toContain(
    'isolane: a worker did not start: exit code 7. One more try in a new process.',
  )
  await it.write({ ...environment('if (first) for (;;);'), starts: '' })
  const hung = await it.run()
  expect({ exitCode: hung.exitCode, passed: hung.passed }, hung.output).toEqual({
    exitCode: 0,
    passed: 1,
  })
  expect(hung.output).toMatch(
    /isolane: a worker hangs at its start: no progress for \d+ ms \(hang\.after 1500 ms; lane .*\)\.\n {2}It runs:\n {4}at setup \(slow-environment\.js:8:\d+\)\n {2}It is being ended/,
  )
  expect(hung.output).toMatch(
    /isolane: a worker did not start: no progress at its start .*\. One more try in a new process\./,
  )
  expect(await it.leftovers()).toEqual([])
})

test('a worker that does not start twice fails its file with one message', async () => {
  const it = await project({
    ...config('{ spareWorkers: 0 }', `execArgv: ['--no-such-option']`),
    'b.test.ts': "import { test } from 'vitest'\ntest('b', () => {})",
  })
  const { exitCode, passed, output } = await it.run('--maxWorkers=1')
  expect({ exitCode, passed }, output).toEqual({ exitCode: 1, passed: 0 })
  const [told = ''] = /IsolaneError: Two workers[^]*?Hint: .*/.exec(output) ?? []
  expect(told.replace(process.execPath, '<node>')).toMatchInlineSnapshot(`
    "IsolaneError: Two workers in a row did not start: exit code 9.
    The last that it printed to stderr:
      <node>: bad option: --no-such-option
    Hint: look at test.execArgv, test.env and test.environment, and at NODE_OPTIONS."
  `)
  expect(await it.leftovers()).toEqual([])
})

describe.for(versions)('Vitest %s', (version) => {
  test.for([true, false])(
    'an environment that cannot be set up fails every file, and leaves no worker, isolate %s',
    async (isolate) => {
      const names = ['a', 'b', 'c', 'd']
      const it = await project(
        {
          ...config('{}', `${slow}, isolate: ${isolate}`),
          ...environment("throw new Error('no environment')"),
          ...Object.fromEntries(
            names.map((name) => [
              `${name}.test.ts`,
              `import { test } from 'vitest'\ntest('${name}', () => {})`,
            ]),
          ),
        },
        {},
        [],
        version,
      )
      const { exitCode, passed, output } = await it.run('--maxWorkers=2')
      expect({ exitCode, passed }, output).toEqual({ exitCode: 1, passed: 0 })
      expect(output).toContain('Error: no environment')
      // A worker that ends because of it is no crash.
      expect(output).not.toContain('isolane: a worker')
      expect(await it.leftovers()).toEqual([])
    },
  )

  test('a file whose worker has no lane yet does not run when the run is cancelled', async () => {
    const it = await project(
      {
        'lanes.ts': `
          import { existsSync } from 'node:fs'
          import { setTimeout as delay } from 'node:timers/promises'
          import { defineLanes } from '@isolane/core'
          let lanesMade = 0
          const slow = {
            kind: 'slow',
            prepare: async () => null,
            // The second file gets the lane of the first, which has had the run cancelled.
            provision: async () => {
              if (lanesMade++ > 0) while (!existsSync('over')) await delay(5)
              return { data: null, env: {} }
            },
            open: () => ({}),
            reset: async () => ({ ok: true }),
            dispose: async () => {},
          }
          export const lanes = defineLanes({ slow })
        `,
        'vitest.config.ts': `
          import { writeFileSync } from 'node:fs'
          import { isolated } from '@isolane/vitest'
          import { ByName } from './by-name.ts'
          import { lanes } from './lanes.ts'
          const over = {
            name: 'over',
            configureVitest: ({ vitest }) => {
              vitest.config.reporters.push({ onTestRunEnd: () => writeFileSync('over', '') })
            },
          }
          export default {
            plugins: [isolated(lanes), over],
            test: { pool: 'isolated', include: ['**/*.test.ts'], bail: 1, sequence: { sequencer: ByName } },
          }
        `,
        'a.test.ts': "import { test } from 'vitest'\ntest('a', () => { throw new Error('red') })",
        'b.test.ts': `
          import { writeFileSync } from 'node:fs'
          import { test } from 'vitest'
          test('b', () => writeFileSync('b-ran', ''))
        `,
      },
      {},
      [],
      version,
    )
    const { exitCode, failures, output } = await it.run('--maxWorkers=2')
    expect({ exitCode, failures }, output).toEqual({ exitCode: 1, failures: ['a'] })
    expect(output).toMatch(/Test Files {2}1 failed \(2\)/)
    expect(existsSync(join(it.dir, 'b-ran'))).toBe(false)
    expect(await it.leftovers()).toEqual([])
  })
})

test('a start may take longer than the clocks of Vitest allow', async () => {
  const it = await project(
    {
      ...config('{ spareWorkers: 0 }', slow),
      ...environment('await new Promise((resolve) => setTimeout(resolve, 2_500))'),
      // Vitest gives a start 60 s and 90 s: here a thirtieth of that.
      'clocks.cjs': `
        if (!process.argv.includes('run')) return
        const original = setTimeout
        globalThis.setTimeout = (callback, ms, ...args) => original(callback, ms === 60_000 || ms === 90_000 ? ms / 30 : ms, ...args)
      `,
    },
    { NODE_OPTIONS: '--require ./clocks.cjs' },
  )
  const { child, output, ended } = it.start('run', '--pool=forks')
  await ended
  expect(child.exitCode, output()).toBe(1)
  expect(output()).toContain('Timeout waiting for worker to respond')
  const ours = await it.run()
  expect({ exitCode: ours.exitCode, passed: ours.passed }, ours.output).toEqual({
    exitCode: 0,
    passed: 1,
  })
  expect(await it.leftovers()).toEqual([])
})

test('what its worker is started with is no business of a test', async () => {
  const it = await project({
    ...config('{}'),
    'a.test.ts': `
      import { fork } from 'node:child_process'
      import { once } from 'node:events'
      import { writeFileSync } from 'node:fs'
      import { test } from 'vitest'
      test('tells', async () => {
        const [ofChild] = await once(fork('./child.cjs'), 'message')
        const own = [process.execArgv, process.env.NODE_COMPILE_CACHE]
        writeFileSync('arguments.json', JSON.stringify({ own, ofChild }))
      })
    `,
    'child.cjs':
      'process.send([process.execArgv, process.env.NODE_COMPILE_CACHE], () => process.disconnect())',
  })
  const told = async (pool: string): Promise<unknown> => {
    const { child, output, ended } = it.start('run', `--pool=${pool}`)
    await ended
    expect(child.exitCode, output()).toBe(0)
    return JSON.parse(await readFile(join(it.dir, 'arguments.json'), 'utf8'))
  }
  expect(await told('isolated')).toEqual(await told('forks'))
})

test.for(['off', 'warn'])(
  'workers made ahead of need load the driver of databases once a test file has used it, guard %s',
  async (guard) => {
    const it = await project({
      ...config(`{ guard: { level: '${guard}', allow: ['loaded'] } }`, 'maxWorkers: 1'),
      ...Object.fromEntries(
        Array.from('abcdefghij', (name) => [
          `${name}.test.ts`,
          `
          import { appendFileSync } from 'node:fs'
          import { createRequire } from 'node:module'
          import { test } from 'vitest'
          import { lanes } from './lanes.ts'
          const require = createRequire(import.meta.url)
          test('uses the database', () => {
            const loaded = Object.keys(require.cache).some((path) => path.includes('better-sqlite3'))
            appendFileSync('loaded', loaded + ' ' + process.env.ISOLANE_AHEAD + '\\n')
            lanes.current().database.open().exec('select 1')
            new (require('better-sqlite3'))('other.db').close()
          })
        `,
        ]),
      ),
    })
    const { exitCode, passed, output } = await it.run()
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 10 })
    const told = (await readFile(join(it.dir, 'loaded'), 'utf8')).trim().split('\n')
    expect(told[0]).toBe('false undefined')
    expect(told.at(-1)).toBe('true undefined')
    const found = output.match(/opened the database other\.db, outside its lane/g) ?? []
    expect(found, output).toHaveLength(guard === 'off' ? 0 : 10)
    expect(await it.leftovers()).toEqual([])
  },
)
