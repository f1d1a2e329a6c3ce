import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openSandboxes, tempDirectory } from './support/sandbox.ts'
import { workerInside, workerOutside } from './support/worker.ts'

const everything = `
  process.umask(process.umask())
  process.send({
    uid: process.getuid(), gid: process.getgid(), euid: process.geteuid(),
    cwd: process.cwd(), argv: process.argv.slice(2), execPath: process.execPath,
    umask: process.umask(), stdin: require('node:fs').fstatSync(0).isFIFO(),
    version: process.version, title: process.title, env: process.env,
  }, () => process.exit())`

test('a worker sees the same user, directory, arguments and environment', async () => {
  const sandboxes = openSandboxes()
  const cwd = tempDirectory()
  const link = join(tempDirectory(), 'link')
  symlinkSync(cwd, link)
  const env = {
    PATH: process.env['PATH'],
    // Neither true nor those of a shell.
    PWD: '/usr',
    SHLVL: '7',
    _: '/usr/bin/npx',
    // Names that scripts use, that shells do not pass on, and values that break lines.
    layer: 'a',
    user: 'b',
    path: 'c',
    cwd: 'd',
    node: 'e',
    helper: 'f',
    IFS: 'x',
    'npm_config_//registry.example/:always-auth': 'true',
    'INPUT_NODE-VERSION': '24',
    EMPTY: '',
    LINES: 'one\ntwo\t"three" $HOME `id`',
    ÜMLAUT: 'ä',
  }
  const args = ['a b', '', '--flag', "'", '$HOME', '*']
  for (const more of [{}, { OLDPWD: '/nowhere' }, { PWD: undefined, SHLVL: undefined }]) {
    const options = { cwd: link, args, env: { ...env, ...more } }
    const outside = workerOutside(everything, options)
    const inside = workerInside(sandboxes, everything, options)
    const { env: seen, ...rest } = (await inside.message) as { env: Record<string, string> }
    const { env: plain, ...same } = (await outside.message) as { env: Record<string, string> }
    expect(rest).toEqual(same)
    const { ISOLANE_LAYER: layer, ...others } = seen
    expect(layer).toMatch(/\/\d+$/)
    expect(others).toEqual(plain)
    expect((await inside.ended).code).toBe(0)
    await outside.ended
  }
})

test.each([0, 1, 42, 125, 128, 130, 137, 143, 255])('exit code %i stays', async (code) => {
  const sandboxes = openSandboxes()
  const { ended } = workerInside(sandboxes, `process.exit(${code})`)
  expect(await ended).toMatchObject({ code, signal: null, stderr: '' })
})

describe('signals', () => {
  const signals = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGUSR2', 'SIGALRM', 'SIGKILL'] as const

  test.each(signals)('%s from outside ends a worker by that signal', async (signal) => {
    const worker = workerInside(openSandboxes(), `process.send(1); setInterval(() => {}, 1e6)`)
    await worker.message
    expect(worker.child.kill(signal)).toBe(true)
    expect(await worker.ended).toMatchObject({ code: null, signal })
  })

  test.each(['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGUSR2', 'SIGQUIT', 'SIGCONT'] as const)(
    '%s from outside reaches the handler of a worker',
    async (signal) => {
      const worker = workerInside(
        openSandboxes(),
        `process.once('${signal}', (name) => process.exit(name === '${signal}' ? 150 : 1))
         process.send(1); setInterval(() => {}, 1e6)`,
      )
      await worker.message
      worker.child.kill(signal)
      expect(await worker.ended).toMatchObject({ code: 150, signal: null })
    },
  )

  test.each([...signals, 'SIGABRT', 'SIGSEGV'] as const)(
    '%s of a worker to itself is seen outside',
    async (signal) => {
      const { ended } = workerInside(
        openSandboxes(),
        `process.kill(process.pid, '${signal}')
        setInterval(() => {}, 1e6)`,
      )
      expect(await ended).toMatchObject({ code: null, signal })
    },
  )

  test('SIGUSR1 starts the inspector of a worker, as outside', async () => {
    const worker = workerInside(
      openSandboxes(),
      `const inspector = require('node:inspector')
       process.send(1)
       setInterval(() => { if (inspector.url()) process.exit(7) }, 10)`,
      { execArgv: ['--inspect-port=0'] },
    )
    await worker.message
    worker.child.kill('SIGUSR1')
    expect(await worker.ended).toMatchObject({ code: 7 })
  })
})

test.each(['json', 'advanced'] as const)('messages go both ways, %s', async (serialization) => {
  const worker = workerInside(
    openSandboxes(),
    `process.on('message', (message) => process.send(message, () => process.disconnect()))`,
    { serialization },
  )
  const message = { text: 'ä'.repeat(1e6), list: [1, null, { a: true }] }
  const sent = serialization === 'json' ? message : { ...message, map: new Map([[1, new Date(0)]]) }
  worker.child.send(sent)
  expect(await worker.message).toEqual(sent)
  expect(await worker.ended).toMatchObject({ code: 0 })
})

test('large output of both kinds arrives, and input too', async () => {
  const worker = workerInside(
    openSandboxes(),
    `process.stdout.write('o'.repeat(5e6)); process.stderr.write('e'.repeat(5e6))
     let n = 0
     process.stdin.on('data', (data) => n += data.length).on('end', () => { process.exitCode = n === 3e6 ? 3 : 4; process.disconnect() })`,
  )
  worker.child.stdin?.end('i'.repeat(3e6))
  const { code, stdout, stderr } = await worker.ended
  expect([code, stdout.length, stderr.length]).toEqual([3, 5e6, 5e6])
})

test('a detached worker leads a group of its own', async () => {
  const worker = workerInside(
    openSandboxes(),
    `process.on('SIGTERM', () => process.exit(9)); process.send(1); setInterval(() => {}, 1e6)`,
    { detached: true },
  )
  await worker.message
  process.kill(-(worker.child.pid ?? 0), 'SIGTERM')
  expect(await worker.ended).toMatchObject({ code: 9 })
})

test('what a worker forks is in the same sandbox, with IPC of its own', async () => {
  const worker = workerInside(
    openSandboxes(),
    `const { fork } = require('node:child_process')
     const { writeFileSync, readFileSync } = require('node:fs')
     if (process.argv[2] === 'inner') {
       process.send(readFileSync('/tmp/isolane-shared', 'utf8') + process.env.PWD)
     } else {
       writeFileSync('/tmp/isolane-shared', 'seen ')
       fork(__filename, ['inner'], { env: { ...process.env, PWD: '/inner' } })
         .on('message', (text) => process.send(text, () => process.exit()))
     }`,
  )
  expect(await worker.message).toBe('seen /inner')
})
