import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { removeDeadLayers, Sandboxes, sandboxSettings } from '@isolane/sandbox'
import { leftOf, until } from './support/left.ts'
import { groundDirectory } from './support/ground.ts'
import { openSandboxes, tempDirectory } from './support/sandbox.ts'
import { workerInside } from './support/worker.ts'

// A daemon as daemons are made: two forks, a session of its own, no terminal and none of our pipes.
const daemons = `
  const { execFileSync } = require('node:child_process')
  const daemon = 'setsid sh -c "sleep 100000 & exec sleep 100001" </dev/null >/dev/null 2>&1 & exit 0'
  for (let n = 0; n < 3; n++) execFileSync('sh', ['-c', daemon], { stdio: 'ignore' })
  require('node:fs').writeFileSync('written', '')
  require('node:fs').mkdirSync('__snapshots__')
  require('node:fs').writeFileSync('__snapshots__/kept.snap', '')`

const nothing = { mounts: 0, processes: 0 }

describe.each([
  ['it exits', 'process.exit(3)', () => undefined],
  ['it is killed', 'setInterval(() => {}, 1e6)', (pid: number) => process.kill(pid, 'SIGKILL')],
  ['it kills itself', `process.kill(process.pid, 'SIGKILL')`, () => undefined],
  ['it kills all it sees', `process.kill(-1, 'SIGKILL'); process.exit()`, () => undefined],
] as const)('when a worker is gone because %s', (_, end, kill) => {
  test('so is everything that it started, and its kept files are there', async () => {
    const sandboxes = openSandboxes()
    const worker = workerInside(
      sandboxes,
      `${daemons}; process.send(1, () => { process.once('message', () => { ${end} }) })`,
      { cwd: sandboxes.root },
    )
    await worker.message
    const directory = join(sandboxes.directory, '1')
    // The daemons hold the layer in their environment; nobody else does.
    expect(leftOf(directory).processes).toBeGreaterThanOrEqual(6)
    expect(leftOf(directory).mounts).toBeGreaterThan(0)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect(statSync(sandboxes.directory).mode & 0o777).toBe(0o700)
    worker.child.send('go')
    kill(worker.child.pid ?? 0)
    const { footprint } = await worker.ended
    expect(leftOf(directory)).toEqual(nothing)
    expect(footprint?.kept.map(({ path }) => path)).toEqual([
      join(sandboxes.root, '__snapshots__/kept.snap'),
    ])
    expect(readdirSync(sandboxes.root)).toEqual(['__snapshots__'])
    await sandboxes.close()
    expect(existsSync(sandboxes.directory)).toBe(false)
  })
})

test('what ends inside is reaped', async () => {
  const sandboxes = openSandboxes()
  const { message } = workerInside(
    sandboxes,
    `${daemons}
     const { readdirSync, readFileSync } = require('node:fs')
     // The shells in between have ended; those that end now are nobody's children but of process 1.
     execFileSync('sh', ['-c', 'for n in 1 2 3 4 5; do (sleep 0 &); done'])
     const states = () => readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).map((pid) => {
       try { return readFileSync('/proc/' + pid + '/stat', 'utf8').replace(/.*\\) /, '')[0] } catch { return '' }
     })
     const timer = setInterval(() => { if (!states().includes('Z')) process.send('none', () => process.exit()) }, 5)`,
    { cwd: sandboxes.root },
  )
  expect(await message).toBe('none')
})

/** Starts a process with three workers in sandboxes, which exits on ctrl-C as a runner does. */
async function startOwner(
  root: string,
  base: string,
): Promise<{ readonly owner: ChildProcess; readonly directory: string }> {
  const index = JSON.stringify(join(import.meta.dirname, '../dist/index.js'))
  const code = `
    const { fork } = require('node:child_process')
    const { writeFileSync } = require('node:fs')
    const { forkInside, sandboxSettings, Sandboxes } = require(${index})
    if (process.argv[2] === 'worker') {
      ${daemons}
      writeFileSync('/tmp/file', '')
      writeFileSync('changed.snap', 'inside')
      process.send(1)
      for (;;);
    }
    process.once('SIGINT', () => process.exit(130))
    const sandboxes = Sandboxes.open({ root: process.cwd(), settings: sandboxSettings(true), base: ${JSON.stringify(base)} })
    let left = 3
    for (let n = 0; n < 3; n++) {
      const call = { modulePath: __filename, args: ['worker'], options: {} }
      forkInside(fork, call, { sandbox: sandboxes.enter() }).on('message', () => {
        if (--left === 0) console.log(sandboxes.directory)
      })
    }`
  const file = join(tempDirectory(), 'owner.cjs')
  writeFileSync(file, code)
  const owner = spawn(process.execPath, [file], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(owner.stdout, 'data')) as [Buffer]
  const directory = line.toString().trim()
  expect(leftOf(directory).processes).toBeGreaterThanOrEqual(18)
  return { owner, directory }
}

describe('when the process that opened the sandboxes is killed', () => {
  const openAgain = async (root: string, base: string): Promise<void> => {
    await Sandboxes.open({ root, settings: sandboxSettings(true), base }).close()
  }
  test.each([
    ['the next to open', openAgain],
    ['whoever cleans up', async (_: string, base: string) => void (await removeDeadLayers(base))],
  ])(
    'all in its sandboxes is gone; %s removes the rest and brings kept files back',
    async (_, cleanUp) => {
      const root = tempDirectory()
      // A ground of its own: whoever opens sandboxes in a common one removes what is left there.
      const base = groundDirectory()
      const { owner, directory } = await startOwner(root, base)
      owner.kill('SIGKILL')
      await once(owner, 'exit')
      await until(() => leftOf(directory).processes === 0 && leftOf(directory).mounts === 0)
      expect(existsSync(directory)).toBe(true)
      expect(readdirSync(root)).toEqual([])
      writeFileSync(join(root, 'changed.snap'), 'later, outside')
      await cleanUp(root, base)
      expect(existsSync(directory)).toBe(false)
      expect(readdirSync(root)).toEqual(['__snapshots__', 'changed.snap'])
      expect(readdirSync(join(root, '__snapshots__'))).toEqual(['kept.snap'])
      expect(readFileSync(join(root, 'changed.snap'), 'utf8')).toBe('later, outside')
    },
  )
})

test('when the process that opened the sandboxes exits, all is gone and what is kept is there', async () => {
  const root = tempDirectory()
  const { owner, directory } = await startOwner(root, groundDirectory())
  owner.kill('SIGINT')
  await once(owner, 'exit')
  expect(leftOf(directory)).toEqual(nothing)
  expect(existsSync(directory)).toBe(false)
  expect(readdirSync(root)).toEqual(['__snapshots__', 'changed.snap'])
})

test('what lives in sandboxes ends when they are closed', async () => {
  const sandboxes = openSandboxes()
  const code = `${daemons}; process.send(1); for (;;);`
  const worker = workerInside(sandboxes, code, { cwd: sandboxes.root })
  await worker.message
  await sandboxes.close()
  const { signal, footprint } = await worker.ended
  expect(signal).toBe('SIGKILL')
  expect(footprint?.kept).toHaveLength(1)
  expect(readdirSync(sandboxes.root)).toEqual(['__snapshots__'])
  expect(leftOf(sandboxes.directory)).toEqual(nothing)
})
