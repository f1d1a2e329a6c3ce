import { describe, expect, test } from 'vitest'
import { runProject } from './support/run-project.ts'
import type { Ended } from './support/run-project.ts'

const node = process.execPath
/** Prints what a process sees of its lane. */
const look = `
  const { DATABASE_URL, PORT, TMPDIR, APP_URL, ISOLANE_LANE } = process.env
  console.log(JSON.stringify({ DATABASE_URL, PORT, TMPDIR, APP_URL, ISOLANE_LANE }))`
const shop = {
  'db/schema.sql': 'create table users (id integer primary key, name text);',
  'lanes.ts': `
    import { defineLanes, port, server, sqlite } from '@isolane/core'
    export const lanes = defineLanes({
      database: sqlite({ schema: 'db/schema.sql' }),
      port: port(),
      app: server({ command: '${node} app.js', ready: '/' }),
    })`,
  'app.js': `
    import { createServer } from 'node:http'
    createServer((_, answer) => answer.end('lane ' + process.env.ISOLANE_LANE)).listen(process.env.PORT)`,
  'use.js': `
    import { lanes } from './lanes.ts'
    const { database, app, id } = lanes.current()
    const users = database.open()
    users.exec("insert into users (name) values ('Ada')")
    console.log(JSON.stringify({
      users: users.prepare('select count(*) from users').pluck().get(),
      own: await (await fetch(app.url)).text() === 'lane ' + id,
    }))`,
}

interface Seen {
  readonly DATABASE_URL?: string
  readonly PORT?: string
  readonly TMPDIR?: string
  readonly ISOLANE_LANE?: string
}

function seen({ stdout }: Ended): Seen {
  return JSON.parse(stdout) as Seen
}

describe('on a lane', () => {
  test('a command has a database, a port and a temp directory; its exit code is the command’s', async () => {
    const it = await runProject({ 'look.js': `${look}; process.exitCode = 3` })
    const ended = await it.exec('--', node, 'look.js').ended
    const { DATABASE_URL, PORT, TMPDIR, ISOLANE_LANE } = seen(ended)
    expect(ended.exitCode).toBe(3)
    expect(DATABASE_URL).toMatch(/^file:\/.*\.db$/)
    expect([Number(PORT) > 0, TMPDIR?.startsWith('/')]).toEqual([true, true])
    expect(ended.said.at(-1)).toBe(
      `lane ${ISOLANE_LANE}: DATABASE_URL, DATABASE_PATH, PORT, TMPDIR, TMP, TEMP`,
    )
    expect(await it.gone()).toEqual([])
  })

  test('lanes.ts of a directory above says what it has, and lanes.current() works in it', async () => {
    const it = await runProject({ ...shop, 'deep/package.json': '{ "type": "module" }' })
    const inside = `process.chdir('..'); await import('../use.js')`
    await it.write({ 'deep/use.js': inside })
    const ended = await it.exec('--root', '.', '--', node, 'deep/use.js').ended
    expect(ended.exitCode, ended.stderr).toBe(0)
    expect(JSON.parse(ended.stdout)).toEqual({ users: 1, own: true })
    expect(ended.said.at(-1)).toMatch(/: DATABASE_URL, DATABASE_PATH, PORT, APP_URL$/)
    expect(await it.gone()).toEqual([])
  })

  test('two at the same time have nothing in common', async () => {
    const it = await runProject({
      'wait.js': `${look}; process.stdin.resume(); setInterval(() => {}, 1000)`,
    })
    const both = [it.exec('--', node, 'wait.js'), it.exec('--', node, 'wait.js')]
    const lines = await Promise.all(both.map(async (one) => (await one.printed(/^\{.*\}$/m))[0]))
    const [a, b] = lines.map((line) => JSON.parse(line) as Seen)
    for (const name of ['DATABASE_URL', 'PORT', 'TMPDIR', 'ISOLANE_LANE'] as const) {
      expect(a?.[name]).not.toBe(b?.[name])
    }
    for (const { child } of both) child.kill('SIGTERM')
    const ends = await Promise.all(both.map(async ({ ended }) => (await ended).exitCode))
    expect(ends).toEqual([143, 143])
    expect(await it.gone()).toEqual([])
  })

  test('when isolane is killed, the command and the server of its lane end too', async () => {
    const it = await runProject({ ...shop, 'wait.js': `${look}; setInterval(() => {}, 1000)` })
    const running = it.exec('--', node, 'wait.js')
    await running.printed(/^\{.*\}$/m)
    running.child.kill('SIGKILL')
    await running.ended
    expect(await it.gone()).toEqual([])
  })
})

describe('in a sandbox', () => {
  test('any command has ports, files and processes of its own, and its lane', async () => {
    const it = await runProject({
      ...shop,
      'inside.js': `
        import { spawn } from 'node:child_process'
        import { mkdirSync, writeFileSync } from 'node:fs'
        import { createServer } from 'node:net'
        spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' }).unref()
        createServer().listen(3000, () => {
          writeFileSync('state.json', '{}')
          mkdirSync('out')
          writeFileSync('out/kept.txt', 'kept')
          import('./use.js').then(() => process.exit(7))
        })`,
    })
    const ended = await it.exec('--sandbox', '--keep', 'out/**', '--', node, 'inside.js').ended
    expect(ended.exitCode, ended.stderr).toBe(7)
    expect(JSON.parse(ended.stdout)).toEqual({ users: 1, own: true })
    expect(ended.said.slice(-2)).toEqual([
      'the command runs in a sandbox with network, files and processes of its own; project: <project>',
      "stayed inside: state.json. Hint: --keep '<glob>' (sandbox.files.keep) copies such files back, --writable <path> (sandbox.files.writable) shares them.",
    ])
    expect(await it.read('out/kept.txt')).toBe('kept')
    expect(await it.files()).not.toContain('state.json')
    expect(await it.gone()).toEqual([])
  })

  test('without a lanes file the environment stays as it is, and errors say what the sandbox hides', async () => {
    const it = await runProject({
      'call.js': `${look}
        fetch('http://localhost.example/').catch(({ cause }) => console.error(cause.message))`,
    })
    const ended = await it.exec('--parts', 'network', '--', node, 'call.js').ended
    expect(seen(ended)).toEqual({})
    expect(ended.said).toEqual([
      'the command runs in a sandbox with network of its own; project: <project>',
    ])
    expect(ended.stderr).toMatch(/isolane sandbox: localhost\.example is outside of the sandbox/)
  })

  test('a signal reaches the command, whose code is the exit code', async () => {
    const it = await runProject({
      'wait.js': `
        process.on('SIGTERM', () => process.exit(9))
        setInterval(() => {}, 1000)
        console.log('waits')`,
    })
    const running = it.exec('--sandbox', '--', node, 'wait.js')
    await running.printed(/waits/)
    running.child.kill('SIGTERM')
    expect((await running.ended).exitCode).toBe(9)
    expect(await it.gone()).toEqual([])
  })
})

describe('bad input ends with 2, a hint and no stack, and runs nothing', () => {
  test.for([
    ['no command', [], /missing required argument 'command'/],
    ['nothing to give', ['--no-lanes', '--', 'x'], /there is nothing to give the command/],
    ['a lanes file that is not there', ['--lanes', 'no.ts', '--', 'x'], /no\.ts is no file/],
    [
      'one without lanes',
      ['--lanes', 'none.js', '--', 'x'],
      /exports no lanes; it exports other\./,
    ],
    ['one that throws', ['--lanes', 'bad.js', '--', 'x'], /bad\.js cannot be loaded: Error: red/],
    ['a command that is not there', ['--', './nowhere/x'], /Cannot start "\.\/nowhere\/x"/],
    ['the same in a sandbox', ['--sandbox', '--', 'nowhere-x'], /Cannot start "nowhere-x"/],
    ['an unknown part', ['--parts', 'disk', '--', 'x'], /"disk"; there are network, files/],
    ['an unknown option', ['--lane', 'x', '--', 'x'], /unknown option '--lane'/],
  ] as const)('%s', async ([, args, message]) => {
    const it = await runProject({
      'none.js': 'export const other = 1; setInterval(() => {}, 1000)',
      'bad.js': `throw new Error('\u001B[31mred')`,
    })
    const { exitCode, stdout, stderr } = await it.exec(...args).ended
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^Hint: /m)
    expect(stderr).not.toMatch(/^\s+at /m)
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(await it.gone()).toEqual([])
  })
})
