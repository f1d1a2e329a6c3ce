import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { identify, isAlive, isEnding, lifeOf, linuxStat } from './process-identity.ts'

async function startProcess(code: string) {
  const child = spawn(process.execPath, ['-e', code], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, pid: child.pid as number, ended }
}

test('a process keeps its identity while it lives and loses it when it ends', async () => {
  const { child, pid, ended } = await startProcess('process.stdin.resume()')
  const identity = await identify(pid)
  if (identity === undefined) throw new Error('not identified')
  expect(await identify(pid)).toEqual(identity)
  expect(await isAlive(identity)).toBe(true)
  child.kill('SIGKILL')
  await ended
  expect(await isAlive(identity)).toBe(false)
  expect(await identify(pid)).toBeUndefined()
})

test('a reused pid is another process', async () => {
  const identity = await identify(process.pid)
  if (identity === undefined) throw new Error('not identified')
  expect(await isAlive({ ...identity, start: `${identity.start}0` })).toBe(false)
  expect(await isAlive({ ...identity, pid: process.ppid })).toBe(false)
})

test.each([0, -1, 1.5, Number.NaN])('%d is no process', async (pid) => {
  expect(await identify(pid)).toBeUndefined()
})

test.runIf(process.platform === 'linux')('a zombie is dead', async () => {
  // The parent never reaps: its event loop is blocked.
  const { child } = await startProcess(`
    const { pid } = require('node:child_process').spawn('sleep', ['0'])
    require('node:fs').writeSync(1, String(pid))
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)`)
  const [output] = (await once(child.stdout, 'data')) as [Buffer]
  const pid = Number(output.toString())
  while (linuxStat(pid)?.zombie === false) await new Promise((next) => setImmediate(next))
  expect(linuxStat(pid)?.zombie).toBe(true)
  expect(await identify(pid)).toBeUndefined()
})

test.runIf(process.platform === 'linux')(
  'one that was killed is ending until it is dead',
  async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => startProcess('for (;;);')))
    for (const { child, pid } of all) {
      expect(isEnding(pid)).toBe(false)
      child.kill('SIGKILL')
      expect(isEnding(pid) || linuxStat(pid)?.zombie !== false).toBe(true)
    }
    await Promise.all(all.map(({ ended }) => ended))
    expect(all.some(({ pid }) => isEnding(pid))).toBe(false)
  },
)

test.runIf(process.platform === 'linux')(
  'nothing is said of a process of another pid namespace',
  async () => {
    const identity = await identify(process.pid)
    const start = identity?.start.replace(/:\d+:/, ':1:') ?? ''
    expect(await lifeOf({ pid: process.pid, start })).toBe('unseen')
    expect(await lifeOf({ pid: process.pid, start: 'another-boot:1:5' })).toBe('dead')
  },
)
