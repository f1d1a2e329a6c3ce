import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { defineLanes, isIsolaneError, port, server } from '@isolane/core'
import type { ServerHandle, ServerOptions } from '@isolane/core'
import { endGroup, identify } from '@isolane/core/host'
import { describe, expect, onTestFinished, test } from 'vitest'
import { appDirectory, ask } from './support/app.ts'
import { editRegistry } from './support/edit-registry.ts'
import { resourceLane } from './support/resource-lane.ts'
import type { ResourceLane } from './support/resource-lane.ts'
import { startHost } from './support/start-host.ts'
import { tempCache } from './support/temp-cache.ts'
import { until } from './support/until.ts'

const linux = process.platform === 'linux'
const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)

interface Started {
  readonly lane: ResourceLane
  readonly number: number
  readonly cwd: string
  readonly cache: string
  /** Starts the server on the lane's port. */
  start(
    options: Omit<ServerOptions, 'cwd'>,
    env?: Readonly<Record<string, string>>,
  ): Promise<ServerHandle & { reset(): Promise<unknown>; dispose(): Promise<void> }>
}

/** A lane with a port, and a directory with an app. */
async function prepared(): Promise<Started> {
  const cwd = appDirectory()
  const cache = tempCache()
  const lane = await resourceLane(cache)
  mkdirSync(lane.context.dir, { recursive: true })
  const { data } = await lane.provision(port())
  return {
    lane,
    number: data.number,
    cwd,
    cache,
    async start(options, env = {}) {
      const resource = server({ cwd, ...options })
      const own = { PORT: String(data.number), ISOLANE_LANE: lane.id }
      const started = await lane.provision(resource, { ...own, ...env })
      onTestFinished(() => resource.dispose(started.data, lane.context))
      return {
        ...started.handle,
        reset: () => resource.reset(started.data, lane.context),
        dispose: () => resource.dispose(started.data, lane.context),
      }
    },
  }
}

const alive = async (pid: number): Promise<boolean> => (await identify(pid)) !== undefined

const processesOf = (cache: string): unknown[] =>
  editRegistry(cache, (file) => file.prepare('select pid from processes').pluck().all())

test('starts the app with the lane’s port, waits until it answers, and ends it', async () => {
  const { start, number, cache } = await prepared()
  const app = await start({ command: 'node app.mjs', ready: '/healthz' }, { FAILS: '3' })
  expect(app.url).toBe(`http://127.0.0.1:${number}`)
  const answer = await ask(`${app.url}/healthz`)
  expect(answer.asked).toBeGreaterThan(4)
  expect(processesOf(cache)).toEqual([app.pid])
  expect(await app.reset()).toEqual({ ok: true })

  await app.dispose()
  await app.dispose()
  expect(await alive(answer.pid)).toBe(false)
  expect(processesOf(cache)).toEqual([])
  expect(await app.reset()).toEqual({
    ok: false,
    reason: `the app server (process ${app.pid}) has ended`,
  })
})

test('keeps what the app prints, and tells what it printed since a mark', async () => {
  const { start } = await prepared()
  const { url, log } = await start({ command: 'echo begin && node app.mjs' })
  expect(log.tail(5)).toBe('begin')
  await ask(`${url}/say/first`)
  const mark = log.mark()
  await ask(`${url}/say/second`)
  await ask(`${url}/say/third`)
  expect(log.since(mark)).toBe('second\nthird\n')
  expect(log.tail(2)).toBe('second\nthird')
  expect(log.since(log.mark())).toBe('')
})

describe.skipIf(process.platform === 'win32')('a server behind a wrapper', () => {
  test('ends with it', async () => {
    const { start } = await prepared()
    const app = await start({ command: 'sh -c "node wrapper.mjs; true"' })
    const { pid, parent } = await ask(app.url)
    expect(new Set([app.pid, pid, parent]).size).toBe(3)
    await app.dispose()
    for (const one of [app.pid, pid, parent]) expect(await alive(one)).toBe(false)
  })

  test.runIf(linux)('is missed when it dies and the wrapper lives on', async () => {
    const { start } = await prepared()
    const app = await start({ command: 'node wrapper.mjs' })
    const { pid } = await ask(app.url)
    process.kill(pid, 'SIGKILL')
    await until('the server is gone', async () => !(await alive(pid)))
    expect(await app.reset()).toEqual({
      ok: false,
      reason: `the app server (process ${pid}) has ended`,
    })
    expect(await alive(app.pid)).toBe(true)
  })

  test.runIf(linux)('ends when the wrapper was killed before it', async () => {
    const { start } = await prepared()
    const app = await start({ command: 'exec node wrapper.mjs' })
    const { pid } = await ask(app.url)
    process.kill(app.pid, 'SIGKILL')
    await until('the wrapper is gone', async () => !(await alive(app.pid)))
    expect(await alive(pid)).toBe(true)
    await app.dispose()
    expect(await alive(pid)).toBe(false)
  })

  test.runIf(linux)('counts as ours in a session of its own, and ends', async () => {
    const { start, cache } = await prepared()
    const app = await start({ command: 'node wrapper.mjs' }, { OWN_SESSION: '1' })
    const { pid } = await ask(app.url)
    expect(new Set(processesOf(cache))).toEqual(new Set([app.pid, pid]))
    expect(await app.reset()).toEqual({ ok: true })
    await app.dispose()
    expect(await alive(pid)).toBe(false)
    expect(processesOf(cache)).toEqual([])
  })

  test.runIf(linux)('ends when the wrapper does as soon as it is ready', async () => {
    const { start, cwd, cache } = await prepared()
    const command = 'exec node wrapper.mjs'
    const started = start({ command, ready: '/alone' }, { OWN_SESSION: '1' })
    await expect(started).rejects.toThrow(/ ended right after it was ready /)
    const pid = Number(readFileSync(join(cwd, 'alone.pid'), 'utf8'))
    onTestFinished(async () => void (await endGroup(pid)))
    expect(await alive(pid)).toBe(false)
    expect(processesOf(cache)).toEqual([])
  })

  test.runIf(linux)('ends with its run in a session of its own, whoever knows of it', async () => {
    const { start, lane } = await prepared()
    const run = lane.context.lane.run
    const app = await start({ command: 'node wrapper.mjs' }, { OWN_SESSION: '1', ISOLANE_RUN: run })
    const { pid } = await ask(app.url)
    await lane.context.holdings.ended(pid)
    await lane.registry.endRun(run)
    for (const one of [app.pid, pid]) expect(await alive(one)).toBe(false)
  })
})

test.runIf(linux)(
  'what a server has started ends with it, also when the server itself has crashed',
  async () => {
    const { start, lane } = await prepared()
    const command = 'sleep 600 & echo $!; setsid sleep 600 & echo $!; exec node app.mjs'
    const app = await start({ command })
    const started = app.log.tail(2).split('\n').map(Number)
    const { pid: ofTest = 0 } = spawn('sleep', ['600'], { env: { ISOLANE_LANE: lane.id } })
    onTestFinished(async () => {
      for (const pid of [...started, ofTest]) await endGroup(pid)
    })
    await ask(`${app.url}/exit`).catch(() => undefined)
    await until('the server is gone', async () => !(await alive(app.pid)))
    for (const pid of started) expect(await alive(pid)).toBe(true)
    await app.dispose()
    for (const pid of started) expect(await alive(pid)).toBe(false)
    expect(await alive(ofTest)).toBe(true)
  },
)

describe.runIf(linux)('another process on the port', () => {
  /** Listens like a program that knows nothing of Isolane. */
  async function foreign(cwd: string, number: number, host: string): Promise<number> {
    const env = { ...process.env, PORT: String(number), HOST: host, TEXT: 'foreign' }
    const child = fork('app.mjs', { cwd, env, execArgv: [] })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child, 'message')
    return child.pid as number
  }

  const silent = 'node -e "setInterval(() => {}, 60000)"'
  const cases = [
    ['127.0.0.1', silent],
    ['0.0.0.0', silent],
  ]
  if (hasIpv6) cases.push(['::', silent], ['127.0.0.1', 'HOST=::1 node app.mjs'])

  test.each(cases)(
    'on %s is never taken for the app `%s`, and stays',
    async (host = '', command = '') => {
      const { start, number, cwd, lane, cache } = await prepared()
      const pid = await foreign(cwd, number, host)
      await expect(start({ command })).rejects.toMatchObject({
        code: 'ISOLANE_SERVER',
        message: `The app server "${command}" does not listen on port ${number}: process ${pid} (${process.execPath} app.mjs) answers there (lane ${lane.id}).
Hint: make the app listen on the PORT it is given, on 127.0.0.1, and end the other process.`,
      })
      expect(await ask(`http://127.0.0.1:${number}`)).toMatchObject({ text: 'foreign', pid })
      expect(processesOf(cache)).toEqual([])
    },
  )
})

test.each<[string, Omit<ServerOptions, 'cwd'>, Readonly<Record<string, string>>]>([
  ['ends at once', { command: 'echo no database >&2; exit 3' }, {}],
  ['is not there', { command: 'isolane-no-such-app' }, {}],
  ['never listens', { command: 'echo hello && sleep 60', readyTimeoutMs: 1500 }, {}],
  ['never answers', { command: 'node app.mjs', ready: '/hang', readyTimeoutMs: 4000 }, {}],
  [
    'always fails',
    { command: 'node app.mjs', ready: '/healthz?deep=1', readyTimeoutMs: 4000 },
    { FAILS: '100000' },
  ],
])('an app that %s', async (_, options, env) => {
  const { start, number, lane, cache } = await prepared()
  const failed = await start(options, env).then(
    () => undefined,
    (cause: unknown) => cause,
  )
  if (!isIsolaneError(failed)) throw new Error('It started.')
  expect(failed.code).toBe('ISOLANE_SERVER')
  expect(
    failed.message
      .replaceAll(lane.id, '<lane>')
      .replaceAll(String(number), '<port>')
      .replace(/after \d+ ms/, 'after <n> ms')
      .replace(/^ {2}.*isolane-no-such-app.*not found$/m, '  <not found>'),
  ).toMatchSnapshot()
  expect(processesOf(cache)).toEqual([])
})

test('a directory that is not there', async () => {
  const lane = await resourceLane(tempCache())
  mkdirSync(lane.context.dir, { recursive: true })
  const resource = server({ command: 'node app.mjs', cwd: 'no/such/dir' })
  await expect(lane.provision(resource, { PORT: '20000' })).rejects.toThrow(
    `The app server "node app.mjs" could not be started: there is no directory ${process.cwd()}/no/such/dir (lane ${lane.id}).
Hint: name a directory in server.cwd, relative to the project root.`,
  )
  await expect(lane.provision(resource)).rejects
    .toThrow(`"it" needs a port: no resource above it sets PORT.
Hint: declare port() above server(), or name the variable with portEnv.`)
})

test.each<[string, unknown]>([
  ['no options', undefined],
  ['an unknown name', { command: 'node app.mjs', redy: '/' }],
  ['no command', {}],
  ['an empty command', { command: ' ' }],
  ['a bad limit', { command: 'node app.mjs', readyTimeoutMs: '30s' }],
])('an option that is wrong: %s', (_, options) => {
  expect(() => server(options as ServerOptions)).toThrowErrorMatchingSnapshot()
})

test('a lane whose server died is replaced', async () => {
  const cwd = appDirectory()
  const app = server({ command: 'node app.mjs', cwd })
  const { host } = await startHost(defineLanes({ port: port(), app }), { spares: 0 })
  const lane = await host.acquire({ slot: 1 })
  const { pid } = await ask(String(lane.env['APP_URL']))
  await ask(`${lane.env['APP_URL']}/exit`).catch(() => undefined)
  await until('the server is gone', async () => !(await alive(pid)))
  await expect(host.reset(lane.id, 'signs out')).rejects.toThrow(
    /^Lane \S+ could not be reset after "signs out": the app server \(process \d+\) has ended$/m,
  )
  host.release(lane.id)
  const next = await host.acquire({ slot: 1 })
  expect(next.file.number).toBe(2)
  expect((await ask(String(next.env['APP_URL']))).pid).not.toBe(pid)
  onTestFinished(async () => void (await endGroup(pid)))
})
