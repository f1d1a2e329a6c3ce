import { describe, expect, test } from 'vitest'
import { isolated } from '@isolane/vitest'
import { project, versions } from './support/project.ts'

const threads = (test = '', options = ''): Readonly<Record<string, string>> => ({
  'vitest.config.ts': `
    import { isolated } from '@isolane/vitest'
    import { defineConfig } from 'vitest/config'
    import { lanes } from './lanes.ts'
    export default defineConfig({
      plugins: [isolated(lanes, { runtime: 'threads', ${options} })],
      test: { include: ['**/*.test.ts'], pool: 'isolated', ${test} },
    })
  `,
})

/** Two of three wait until both run: their environments and lanes are apart in one process. */
const own = (name: string): string => `
  import { execFileSync } from 'node:child_process'
  import { existsSync, writeFileSync } from 'node:fs'
  import { createServer } from 'node:http'
  import { tmpdir } from 'node:os'
  import { isMainThread } from 'node:worker_threads'
  import { laneTest } from '@isolane/vitest'
  import { lanes } from './lanes.ts'
  const test = laneTest(lanes)
  test('${name} has a lane', async ({ database, expect, lane, port, tempDir }) => {
    expect(isMainThread).toBe(false)
    writeFileSync('in-${name}', '')
    const other = 'in-${name === 'a' ? 'b' : 'a'}'
    while ('${name}' !== 'c' && !existsSync(other)) await new Promise((done) => setTimeout(done, 5))
    const expected = { ISOLANE_LANE: lane.id, ISOLANE_SLOT: String(lane.slot), PORT: String(port.number), DATABASE_URL: database.url, DATABASE_PATH: database.path }
    expect(process.env).toMatchObject(expected)
    expect(process.env.VITEST_POOL_ID).toBe(String(lane.slot))
    expect(tmpdir()).toBe(tempDir.path)
    const child = execFileSync(process.execPath, ['-p', 'JSON.stringify(process.env)'], { encoding: 'utf8' })
    expect(JSON.parse(child)).toMatchObject(expected)
    expect(child).not.toContain('ISOLANE_THREAD')
    const users = database.open()
    expect(users.prepare('select count(*) from users').pluck().get()).toBe(0)
    users.prepare('insert into users (name) values (?)').run('${name}')
    const server = createServer((_, response) => response.end('${name}'))
    await new Promise((resolve, reject) => server.once('error', reject).listen(port.number, '127.0.0.1', resolve))
    expect(await (await fetch(port.url)).text()).toBe('${name}')
    await lane.lock(['a name'], () => { console.log('pid ' + process.pid + ' lane ' + lane.id) })
    expect('${name}').not.toBe('c')
  })
`

describe.for(versions)('Vitest %s', (version) => {
  test("runtime: 'threads' gives every file a thread on a lane of its own", async () => {
    const files = {
      ...threads(),
      ...Object.fromEntries(['a', 'b', 'c'].map((name) => [`${name}.test.ts`, own(name)])),
    }
    const it = await project(files, {}, [], version)
    const { exitCode, passed, failures, output } = await it.run('--maxWorkers=2')
    expect({ exitCode, passed, failures }, output).toEqual({
      exitCode: 1,
      passed: 2,
      failures: ['c has a lane'],
    })
    const seen = [...output.matchAll(/^pid (\d+) lane (\S+)$/gm)]
    expect(new Set(seen.map(([, pid]) => pid)).size, output).toBe(1)
    expect(new Set(seen.map(([, , lane]) => lane)).size, output).toBe(3)
    // A thread's database is looked at after the thread.
    expect(output).toMatch(
      /c has a lane {2}\(lane \S+, at the end of its file\)\n {4}database: users \+1/,
    )
    expect(await it.leftovers()).toEqual([])
  })

  test('a thread that ends by itself or does not end leaves nothing', async () => {
    const it = await project(
      {
        ...threads('teardownTimeout: 300'),
        'stuck.test.ts': `
          import { test as base } from 'vitest'
          const test = base.extend({ stuck: [async ({}, use) => { await use(1); await new Promise(() => {}) }, { scope: 'worker' }] })
          test('stuck', ({ stuck }) => {})
        `,
        'throws.test.ts': `
          import { test } from 'vitest'
          test('throws', async () => {
            setImmediate(() => { throw new Error('from nowhere') })
            await new Promise((done) => setTimeout(done, 50))
          })
        `,
      },
      {},
      [],
      version,
    )
    const { exitCode, output } = await it.run()
    expect(exitCode, output).toBe(1)
    expect(output).toContain('Error: from nowhere')
    expect(await it.leftovers()).toEqual([])
  })
})

describe('what a thread cannot have is refused', () => {
  const one = { 'one.test.ts': "import { test } from 'vitest'\ntest('one', () => {})\n" }
  const cases: Record<string, { files: Readonly<Record<string, string>>; says: string }> = {
    'a sandbox': {
      files: { ...one, ...threads('', 'sandbox: true') },
      says:
        "isolated.runtime is 'threads', and a sandbox is for processes: the threads of one share its network, files and directory.\n" +
        "Hint: use runtime: 'forks', or leave the sandbox out (isolated.sandbox, ISOLANE_SANDBOX).",
    },
    'the guard': {
      files: { ...one, ...threads('', "guard: 'warn'") },
      says:
        "isolated.runtime is 'threads', and the guard watches a process: what a thread leaves behind ends with the thread, or is the whole process's.\n" +
        "Hint: use runtime: 'forks', or leave the guard out.",
    },
    'what is done about crashes and hangs': {
      files: { ...one, ...threads('', 'hang: { after: 60_000 }') },
      says:
        "isolated.runtime is 'threads', and crash, failOnCrash and hang are for processes: a crash of native code takes all threads with it, and a thread is not watched for progress.\n" +
        "Hint: use runtime: 'forks', or leave them out.",
    },
    'isolate: false': {
      files: { ...one, ...threads('isolate: false') },
      says:
        "isolated.runtime is 'threads', and with isolate: false a lane is reset between files while connections to its database are open, and the locks of SQLite do not hold between threads of one process.\n" +
        "Hint: use runtime: 'forks', or isolate: true.",
    },
    "reset: 'test'": {
      files: {
        ...threads(),
        'one.test.ts':
          "import { laneTest } from '@isolane/vitest'\nimport { lanes } from './lanes.ts'\nlaneTest(lanes, { reset: 'test' })('one', () => {})\n",
      },
      says:
        "IsolaneError: laneTest.reset is 'test', but this worker is a thread: a lane is reset while connections to its database are open, and the locks of SQLite do not hold between threads of one process.\n" +
        "Hint: use isolated(lanes, { runtime: 'forks' }), or laneTest(lanes, { reset: 'file' }).",
    },
  }
  test.for(Object.entries(cases))('%s', async ([, { files, says }]) => {
    const it = await project(files)
    const { exitCode, passed, output } = await it.run()
    expect({ exitCode, passed }, output).toEqual({ exitCode: 1, passed: 0 })
    expect(output).toContain(says)
    expect(output).not.toMatch(/packages\/(core|vitest)\/dist/)
    expect(await it.leftovers()).toEqual([])
  })

  test('another runtime', () => {
    // @ts-expect-error: it is refused at compile time, too
    expect(() => isolated(undefined, { runtime: 'vmForks' })).toThrow(
      "isolated.runtime must be 'forks' or 'threads'; received \"vmForks\".",
    )
  })
})
