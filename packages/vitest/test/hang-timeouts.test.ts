import { expect, test } from 'vitest'
import { config, report } from './support/hangs.ts'
import { project, versions } from './support/project.ts'

test.for(versions)(
  'Vitest %s: what has no timeout is ended too, when that of its test or hook is long over',
  async (version) => {
    const it = await project(
      {
        ...config('{ hang: { after: 1200 } }'),
        'server.test.ts': `
      import { connect, createServer } from 'node:net'
      import { test as base } from 'vitest'
      const test = base.extend({
        server: async ({}, use) => {
          const server = createServer(() => {}).listen(0, '127.0.0.1')
          await new Promise((resolve) => server.once('listening', resolve))
          await use(server)
          await new Promise((resolve) => server.close(resolve))
        },
      })
      test('leaves a connection', async ({ server }) => {
        const socket = connect(server.address().port, '127.0.0.1')
        await new Promise((resolve) => socket.once('connect', resolve))
      })
      test('never', () => {})
    `,
        'file-fixture.test.ts': `
      import { test as base } from 'vitest'
      const test = base.extend('forEver', { scope: 'file' }, ({}, { onCleanup }) => {
        onCleanup(() => new Promise(() => {}))
        return 1
      })
      test('passes', ({ forEver }) => {})
    `,
        'hook.test.ts': `
      import { afterAll, test } from 'vitest'
      afterAll(() => new Promise(() => {}), 0)
      test('passes', () => {})
    `,
        'each.test.ts': `
      import { afterEach, test } from 'vitest'
      afterEach(() => new Promise(() => {}), 0)
      test('is left', () => {})
    `,
      },
      {},
      [],
      version,
    )
    const { exitCode, failures, passed, output } = await it.run('--maxWorkers=2')
    const of = (file: string): string => report(output, file)
    expect.soft(of('server.test.ts')).toMatchInlineSnapshot(`
      "isolane: a worker hangs in "leaves a connection" (server.test.ts): no progress for <n> ms (its timeout of 300 ms and hang.after 1200 ms; lane <lane>).
        It runs nothing: its event loop is idle.
        It waits for: a connection to 127.0.0.1:<n>, from which nothing came
        It is left alone: its event loop turns, so its own timeout ends it.
      isolane: a worker hangs in "leaves a connection" (server.test.ts): no progress for <n> ms (its timeout of 300 ms and hang.after 1200 ms; lane <lane>).
        It runs nothing: its event loop is idle.
        It waits for: a connection to 127.0.0.1:<n>, from which nothing came
        Its own timeout has not ended it: in Vitest the teardown of a fixture has none.
        It is being ended; the run goes on."
    `)
    expect.soft(of('file-fixture.test.ts')).toMatchInlineSnapshot(`
      "isolane: a worker hangs in a hook of file-fixture.test.ts: no progress for <n> ms (its timeout of 400 ms and hang.after 1200 ms; lane <lane>).
        It runs nothing: its event loop is idle.
        It is left alone: its event loop turns, so its own timeout ends it.
      isolane: a worker hangs in a hook of file-fixture.test.ts: no progress for <n> ms (its timeout of 400 ms and hang.after 1200 ms; lane <lane>).
        It runs nothing: its event loop is idle.
        Its own timeout has not ended it: in Vitest the teardown of a fixture has none.
        It is being ended; the run goes on."
    `)
    expect.soft(of('hook.test.ts')).toMatchInlineSnapshot(`
      "isolane: a worker hangs in a hook of hook.test.ts: no progress for <n> ms (its timeout of 400 ms and hang.after 1200 ms; lane <lane>).
        It runs nothing: its event loop is idle.
        It is being ended; the run goes on."
    `)
    expect.soft(of('each.test.ts')).toMatchInlineSnapshot(`
      "isolane: a worker hangs in "is left" (each.test.ts): no progress for <n> ms (its timeout of 300 ms and hang.after 1200 ms; lane <lane>).
        It runs nothing: its event loop is idle.
        It is being ended; the run goes on."
    `)
    expect({ exitCode, passed, failures: failures.toSorted() }, output).toEqual({
      exitCode: 1,
      passed: 2,
      failures: ['is left', 'leaves a connection'],
    })
    expect(await it.leftovers()).toEqual([])
  },
)

const files = {
  'before-each': `
    beforeEach(() => execSync('sleep 2.5'), 60_000)
    test('one', () => {})
  `,
  'after-each': `
    afterEach(() => execSync('sleep 2.5'), 60_000)
    test('two', () => {})
  `,
  'after-all': `
    afterAll(() => execSync('sleep 2.5'), 60_000)
    test('three', () => {})
  `,
  'clean-up': `
    beforeAll(() => () => execSync('sleep 2.5'), 60_000)
    test('four', () => {})
  `,
  finished: `
    test('five', ({ onTestFinished }) => onTestFinished(() => execSync('sleep 2.5'), 60_000))
  `,
  around: `
    aroundEach(async (run) => {
      execSync('sleep 2.5')
      await run()
    }, 60_000)
    test('six', () => {})
  `,
  hooks: `
    for (let count = 0; count < 10; count += 1) beforeEach(() => pause(700), 5_000)
    test('seven', () => {})
  `,
  concurrent: `
    describe.concurrent('long', () => {
      test('eight', { timeout: 60_000 }, () => pause(4_000))
    })
    describe.concurrent('short', () => {
      beforeAll(() => {})
      test('nine', () => {})
    })
  `,
  retry: `
    let tries = 0
    test('ten', { retry: { count: 1, delay: 4_000 } }, () => expect(++tries).toBe(2))
  `,
}

test.for(versions)(
  'Vitest %s: nothing is taken for a hang that has the time it takes, in whatever hook',
  async (version) => {
    const it = await project(
      {
        ...config('{ hang: { after: 1200 } }'),
        ...Object.fromEntries(
          Object.entries(files).map(([name, text]) => [
            `${name}.test.ts`,
            `
            import { execSync } from 'node:child_process'
            import { afterAll, afterEach, aroundEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
            const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
            ${text}
            `,
          ]),
        ),
      },
      {},
      [],
      version,
    )
    const { exitCode, passed, output } = await it.run('--maxWorkers=3')
    expect(output).not.toContain('hangs')
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 10 })
  },
)

test.runIf(process.platform === 'linux')(
  'with isolate: false a file that loads slowly is no hang, whatever the files before it have used',
  async () => {
    const it = await project({
      ...config(
        '{ hang: { after: 2000 } }',
        'isolate: false, maxWorkers: 1, sequence: { sequencer: ByName },',
      ),
      'busy.ts': `
        export function work(ms) {
          const { user, system } = process.cpuUsage()
          const until = user + system + ms * 1_000
          for (;;) {
            for (let count = 0; count < 1e6; count += 1);
            const now = process.cpuUsage()
            if (now.user + now.system > until) return
          }
        }
      `,
      'a.test.ts': `
        import { test } from 'vitest'
        import { work } from './busy.ts'
        test('works', { timeout: 60_000 }, () => work(1_500))
      `,
      'b.test.ts': `
        import { test } from 'vitest'
        import { work } from './busy.ts'
        for (let count = 0; count < 20; count += 1) {
          work(10)
          await new Promise((resolve) => setTimeout(resolve, 180))
        }
        test('loads', () => {})
      `,
    })
    const { exitCode, passed, output } = await it.run()
    expect(output).not.toContain('hangs')
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 2 })
  },
)
