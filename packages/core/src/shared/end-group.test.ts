import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { endGroup } from './end-group.ts'
import { identify } from './process-identity.ts'

const posix = process.platform !== 'win32'

/** A group leader with a child of its own; `deaf` ones ignore SIGTERM. */
async function startGroup(deaf: boolean): Promise<{ leader: number; member: number }> {
  const listen = deaf ? `process.on('SIGTERM', () => {})` : ''
  const wait = `${listen}; setInterval(() => {}, 1000)`
  const child = spawn(
    process.execPath,
    [
      '-e',
      `${wait}
       const member = require('node:child_process').spawn(process.execPath, ['-e',
         ${JSON.stringify(`${wait}; console.log(1)`)}], { stdio: ['ignore', 'pipe', 'ignore'] })
       member.stdout.once('data', () => console.log(member.pid))`,
    ],
    { detached: true, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = once(child, 'exit')
  const leader = child.pid as number
  onTestFinished(async () => {
    try {
      process.kill(posix ? -leader : leader, 'SIGKILL')
    } catch {
      // It has ended, which is what the tests are about.
    }
    await ended
  })
  const [output] = (await once(child.stdout, 'data')) as [Buffer]
  return { leader, member: Number(output.toString()) }
}

test.each([false, true])('ends everybody of a group (deaf to SIGTERM: %s)', async (deaf) => {
  const { leader, member } = await startGroup(deaf)
  expect(await endGroup(leader, { graceMs: deaf ? 50 : 5000 })).toBe(true)
  expect(await identify(leader)).toBeUndefined()
  expect(await identify(member)).toBeUndefined()
})

test.runIf(posix)('ends what is left of a group whose leader has ended', async () => {
  const { leader, member } = await startGroup(false)
  process.kill(leader, 'SIGKILL')
  expect(await endGroup(leader)).toBe(true)
  expect(await identify(member)).toBeUndefined()
})

test.runIf(posix)('ends one process that leads no group', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  expect(await endGroup(child.pid as number)).toBe(true)
  await ended
})

test('ending what has ended is harmless', async () => {
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' })
  await once(child, 'exit')
  expect(await endGroup(child.pid as number)).toBe(true)
})

test.each([0, 1, -1, process.pid])('refuses %d', async (pid) => {
  expect(await endGroup(pid)).toBe(false)
})
