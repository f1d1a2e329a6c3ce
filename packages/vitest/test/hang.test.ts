import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { config, report } from './support/hangs.ts'
import { project, versions } from './support/project.ts'

test.for(versions)(
  'Vitest %s: a worker that hangs is reported with its stack and what it waits for, is ended, and the run goes on',
  async (version) => {
    const it = await project(
      {
        ...config('{ hang: { after: 1200 } }'),
        'spin.ts': `
      interface Turn { count: number }

      export function spin(turn: Turn): void {
        for (;;) turn.count += 1
      }
    `,
        'loop.test.ts': `
      import { test } from 'vitest'
      import { spin } from './spin.ts'
      test('before', () => {})
      test('turns for ever', () => {
        spin({ count: 0 })
      })
      test('never', () => {})
    `,
        'hook.test.ts': `
      import { beforeAll, describe, test } from 'vitest'
      import { spin } from './spin.ts'
      describe('group', () => {
        beforeAll(() => spin({ count: 0 }))
        test('never', () => {})
      })
    `,
        'load.test.ts': `
      import { test } from 'vitest'
      await new Promise(() => setInterval(() => {}, 60_000))
      test('never', () => {})
    `,
        'server.test.ts': `
      import { createServer, connect } from 'node:net'
      import { test } from 'vitest'
      test('waits for a server', { timeout: 0 }, async () => {
        const server = createServer(() => {}).listen(0, '127.0.0.1')
        await new Promise((resolve) => server.once('listening', resolve))
        await fetch('http://127.0.0.1:' + server.address().port)
      })
    `,
        'lock.test.ts': `
      import { lock } from '@isolane/core'
      import { test } from 'vitest'
      test('waits for a lock', { timeout: 0 }, async () => {
        await Promise.all([lock('billing', () => new Promise(() => {})), lock('billing', () => {})])
      })
    `,
        'teardown.test.ts': `
      import { test as base } from 'vitest'
      const test = base.extend('forEver', { scope: 'worker', auto: true }, async ({}, { onCleanup }) => {
        onCleanup(() => new Promise(() => setInterval(() => {}, 60_000)))
        return 1
      })
      test('passes', () => {})
    `,
        'begins.test.ts': `
      import { beforeAll, test } from 'vitest'
      beforeAll(() => new Promise((resolve) => setTimeout(resolve, 2_200)), 60_000)
      test('begins late', () => {})
    `,
        'ends.test.ts': `
      import { afterAll, test } from 'vitest'
      afterAll(() => new Promise((resolve) => setTimeout(resolve, 4_000)), 60_000)
      test('ends late', () => {})
    `,
        'fine.test.ts': "import { test } from 'vitest'\ntest('fine', () => {})",
      },
      {},
      [],
      version,
    )
    const { exitCode, failures, passed, output } = await it.run('--maxWorkers=3')
    const of = (file: string): string => report(output, file)
    expect.soft(of('loop.test.ts')).toMatchInlineSnapshot(`
    "isolane: a worker hangs in "turns for ever" (loop.test.ts): no progress for <n> ms (its timeout of 300 ms and hang.after 1200 ms; lane <lane>).
      It runs:
        at spin (spin.ts:5:9)
        at loop.test.ts:6:9
      It is being ended; the run goes on."
  `)
    expect.soft(of('hook.test.ts')).toMatchInlineSnapshot(`
    "isolane: a worker hangs in a hook of "group" (hook.test.ts): no progress for <n> ms (its timeout of 400 ms and hang.after 1200 ms; lane <lane>).
      It runs:
        at spin (spin.ts:5:9)
        at hook.test.ts:5:25
      It is being ended; the run goes on."
  `)
    expect.soft(of('load.test.ts')).toMatchInlineSnapshot(`
    "isolane: a worker hangs while load.test.ts was loaded: no progress for <n> ms (its timeout of 400 ms and hang.after 1200 ms; lane <lane>).
      It runs nothing: its event loop is idle.
      It waits for: a timer
      It is being ended; the run goes on."
  `)
    expect.soft(of('server.test.ts')).toMatchInlineSnapshot(`
    "isolane: a worker hangs in "waits for a server" (server.test.ts): no progress for <n> ms (hang.after 1200 ms; lane <lane>).
      It runs nothing: its event loop is idle.
      It waits for: a connection to 127.0.0.1:<n>, from which nothing came
      It is being ended; the run goes on."
  `)
    expect.soft(of('lock.test.ts')).toMatchInlineSnapshot(`
    "isolane: a worker hangs in "waits for a lock" (lock.test.ts): no progress for <n> ms (hang.after 1200 ms; lane <lane>).
      It runs nothing: its event loop is idle.
      It waits for: lock "billing": held since <time> by pid <n>, lane <lane>, test "waits for a lock", run <run> of <project>
      It is being ended; the run goes on."
  `)
    expect.soft(of('teardown.test.ts')).toMatchInlineSnapshot(`
    "isolane: a worker hangs in its teardown, after teardown.test.ts: no progress for <n> ms (its timeout of 200 ms and hang.after 1200 ms; lane <lane>).
      It runs nothing: its event loop is idle.
      It waits for: a timer
      It is being ended; the run goes on."
  `)
    expect.soft(of('begins.test.ts')).toBe('')
    expect.soft(of('ends.test.ts')).toBe('')
    expect({ exitCode, passed, failures: failures.toSorted() }, output).toEqual({
      exitCode: 1,
      passed: 5,
      failures: ['turns for ever', 'waits for a lock', 'waits for a server'],
    })
    // The stack stands at the failed test too, with the code.
    expect(output).toMatch(
      /FAIL {2}loop\.test\.ts > turns for ever\nIsolaneError: No progress for /,
    )
    expect(output).toMatch(/❯ spin spin\.ts:5:9\n[^]*?❯ loop\.test\.ts:6:9/)
    expect(await it.leftovers()).toEqual([])
  },
)

test.runIf(process.platform === 'linux')('so is a worker inside of native code', async () => {
  const it = await project({
    ...config('{ hang: { after: 1200 } }'),
    'busy.test.ts': `
      import { test } from 'vitest'
      import { lanes } from './lanes.ts'
      test('waits for itself', () => {
        const { database } = lanes.current()
        database.open().exec("begin immediate; insert into users (name) values ('a')")
        database.open({ timeoutMs: 600_000 }).exec("insert into users (name) values ('b')")
      })
    `,
    'child.test.ts': `
      import { execFileSync } from 'node:child_process'
      import { test } from 'vitest'
      test('waits for a process', () => { execFileSync('sleep', ['600']) })
    `,
  })
  const { failures, output } = await it.run('--maxWorkers=2')
  const of = (file: string): string => report(output, file)
  expect.soft(of('busy.test.ts')).toMatchInlineSnapshot(`
    "isolane: a worker hangs in "waits for itself" (busy.test.ts): no progress for <n> ms (its timeout of 300 ms and hang.after 1200 ms; lane <lane>).
      It is inside of native code and runs no JavaScript.
      It waits for: a transaction is open in it: it holds the write lock of <lane>/database.db
      It is being ended; the run goes on."
  `)
  expect.soft(of('child.test.ts')).toMatchInlineSnapshot(`
    "isolane: a worker hangs in "waits for a process" (child.test.ts): no progress for <n> ms (its timeout of 300 ms and hang.after 1200 ms; lane <lane>).
      It is inside of native code and runs no JavaScript.
      It waits for: process <n> (sleep 600)
      It is being ended; the run goes on."
  `)
  expect(failures.toSorted(), output).toEqual(['waits for a process', 'waits for itself'])
  expect(await it.leftovers()).toEqual([])
})

test.for([
  ['says that it listens', ''],
  ['is only seen to wait', "process.removeAllListeners('message')"],
])(
  'a worker that %s is asked to end, then gets SIGTERM, then SIGKILL, and all it has started goes with it',
  async ([, more]) => {
    const it = await project({
      ...config('{ hang: { after: 1200 } }'),
      'stubborn.test.ts': `
      import { spawn } from 'node:child_process'
      import { appendFileSync } from 'node:fs'
      import { test } from 'vitest'
      test('stays', { timeout: 0 }, async () => {
        const stubborn = (name) => process.removeAllListeners(name).on(name, () => appendFileSync('ladder', name + '\\n'))
        stubborn('disconnect')
        stubborn('SIGTERM')
        ${more}
        setInterval(() => {}, 60_000)
        appendFileSync('pid', String(process.pid))
        spawn('sh', ['-c', 'trap "" TERM HUP; sleep 600 & wait'], { stdio: 'ignore', detached: true })
        await new Promise(() => {})
      })
    `,
      'fine.test.ts': "import { test } from 'vitest'\ntest('fine', () => {})",
    })
    const { exitCode, passed, failures, output } = await it.run()
    expect({ exitCode, passed, failures }, output).toEqual({
      exitCode: 1,
      passed: 1,
      failures: ['stays'],
    })
    expect(output).toMatch(/FAIL {2}stubborn\.test\.ts > stays\nIsolaneError: No progress for /)
    expect(await readFile(join(it.dir, 'ladder'), 'utf8')).toBe('disconnect\nSIGTERM\n')
    const pid = Number(await readFile(join(it.dir, 'pid'), 'utf8'))
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    expect(await it.leftovers()).toEqual([])
  },
)

test('with isolate: false and one worker the files after the one that hangs run, and none runs twice', async () => {
  const notes = (name: string, body = ''): string => `
    import { appendFileSync } from 'node:fs'
    import { test } from 'vitest'
    import { lanes } from './lanes.ts'
    const ran = (what) => appendFileSync('ran', what + ' ' + lanes.current().id + '\\n')
    test('${name}', () => ran('${name}'))
    ${body}
  `
  const it = await project({
    ...config(
      '{ hang: { after: 1200 } }',
      'isolate: false, maxWorkers: 1, retry: 1, sequence: { sequencer: ByName },',
    ),
    'a.test.ts': notes('a'),
    'b.test.ts': notes(
      'b',
      "test('loops', () => { ran('loops'); for (;;); })\ntest('never', () => ran('never'))",
    ),
    'c.test.ts': notes('c'),
  })
  const { exitCode, passed, failures, output } = await it.run()
  expect({ exitCode, passed, failures }, output).toEqual({
    exitCode: 1,
    passed: 3,
    failures: ['loops'],
  })
  const ran = (await readFile(join(it.dir, 'ran'), 'utf8')).trim().split('\n')
  expect(ran.map((line) => line.split(' ')[0])).toEqual(['a', 'b', 'loops', 'c'])
  const [a, b, loops, c] = ran.map((line) => line.split(' ')[1])
  expect([a, b]).toEqual([loops, loops])
  expect(c).not.toBe(loops)
  expect(await it.leftovers()).toEqual([])
})
