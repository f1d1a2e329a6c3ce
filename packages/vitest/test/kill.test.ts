import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { project } from './support/project.ts'
import type { Project } from './support/project.ts'
import { until } from './support/until.ts'

/** Lanes with a real app server, and a test that tells who it is and then waits for a file named `go`. */
const files = {
  'server.js': `
    import { spawn } from 'node:child_process'
    import { createServer } from 'node:http'
    spawn('sleep', ['600'], { stdio: 'ignore' })
    createServer((_, response) => response.end(process.env.ISOLANE_LANE)).listen(Number(process.env.PORT), '127.0.0.1')
  `,
  'lanes.ts': `
    import { defineLanes, port, server, sqlite } from '@isolane/core'
    export const lanes = defineLanes({
      database: sqlite({ schema: 'schema.sql' }), port: port(), app: server({ command: 'node server.js' }) })
  `,
  'vitest.config.ts': `
    import { isolated } from '@isolane/vitest'
    import { lanes } from './lanes.ts'
    export default { plugins: [isolated(lanes)], test: { pool: 'isolated', testTimeout: 60_000 } }
  `,
  'waits.test.ts': `
    import { existsSync, renameSync, writeFileSync } from 'node:fs'
    import { expect, test } from 'vitest'
    import { lanes } from './lanes.ts'
    test('waits', async () => {
      const { app, port, id } = lanes.current()
      expect(await (await fetch(app.url)).text()).toBe(id)
      writeFileSync('told.part', JSON.stringify({ worker: process.pid, main: process.ppid, app: app.pid, port: port.number }))
      renameSync('told.part', 'told.json')
      while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 10))
    })
  `,
}

interface Told {
  readonly worker: number
  readonly main: number
  readonly app: number
  readonly port: number
}

async function startUntilTold(
  it: Project,
): Promise<Told & { output: () => string; ended: Promise<void>; exitCode: () => number | null }> {
  const { child, output, ended } = it.start('run', '--pool=isolated')
  await until('the test is running', () => existsSync(join(it.dir, 'told.json')), output)
  const told = JSON.parse(await readFile(join(it.dir, 'told.json'), 'utf8')) as Told
  expect(told.main).toBe(child.pid)
  return { ...told, output, ended, exitCode: () => child.exitCode }
}

async function listens(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

test('SIGKILL of the main process: the watchdog leaves nothing of it', async () => {
  const it = await project(files)
  const { main, port, ended } = await startUntilTold(it)
  expect(await listens(port)).toBe(true)
  process.kill(main, 'SIGKILL')
  await ended
  await until(
    'nothing is left',
    async () => (await it.leftovers()).length === 0,
    () => 'left',
  )
  expect(await listens(port)).toBe(false)
})

test('SIGKILL of the main process and its watchdog: the next run leaves nothing of it', async () => {
  const it = await project({
    ...files,
    'quick.test.ts': "import { test } from 'vitest'\ntest('quick', () => {})",
  })
  const { main, port, ended } = await startUntilTold(it)
  for (const pid of await watchdogs(it)) process.kill(pid, 'SIGKILL')
  process.kill(main, 'SIGKILL')
  await ended
  expect(await it.leftovers()).not.toEqual([])
  const next = await it.run('quick')
  expect({ exitCode: next.exitCode, passed: next.passed }, next.output).toEqual({
    exitCode: 0,
    passed: 1,
  })
  expect(await it.leftovers()).toEqual([])
  expect(await listens(port)).toBe(false)
})

test('SIGKILL of a worker: its file runs again, the run goes on, and leaves nothing', async () => {
  const it = await project({
    ...files,
    'z.test.ts': "import { test } from 'vitest'\ntest('z', () => {})",
  })
  const { worker, ended, output, exitCode } = await startUntilTold(it)
  process.kill(worker, 'SIGKILL')
  await it.write({ go: '' })
  await ended
  expect(exitCode(), output()).toBe(0)
  expect(output()).toMatch(/a worker crashed in "waits" \(waits\.test\.ts\): signal SIGKILL/)
  expect(output()).toMatch(/Tests {2}2 passed/)
  expect(await it.leftovers()).toEqual([])
})

test('SIGKILL of an app server: its lane is replaced, the next file has a server that answers', async () => {
  const answers = (name: string): string => `
    import { appendFileSync, existsSync } from 'node:fs'
    import { expect, test } from 'vitest'
    import { lanes } from './lanes.ts'
    test('${name}', async () => {
      const { app, id } = lanes.current()
      expect(await (await fetch(app.url)).text()).toBe(id)
      process.kill(-app.pid, 'SIGKILL')
    })
  `
  const names = ['a', 'b', 'c', 'd', 'e']
  const it = await project({
    ...files,
    ...Object.fromEntries(names.map((name) => [`${name}.test.ts`, answers(name)])),
    'waits.test.ts': answers('waits'),
  })
  const { exitCode, passed, output } = await it.run('--maxWorkers=1')
  expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 6 })
  expect(await it.leftovers()).toEqual([])
})

test('ctrl-C ends the run and leaves nothing', async () => {
  const it = await project(files)
  const { main, ended } = await startUntilTold(it)
  process.kill(main, 'SIGINT')
  process.kill(main, 'SIGINT')
  await ended
  await it.nothingLeft()
  expect(await it.leftovers()).toEqual([])
})

async function watchdogs(it: Project): Promise<number[]> {
  const found: number[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')
    if (command.includes('watchdog-main') && command.includes(it.cacheDir)) found.push(Number(pid))
  }
  return found
}
