import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'

const runGroup = new URL('./run-group.ts', import.meta.url).href

/** A program that starts `runGroup` on a program which starts another one and never ends. */
function program(onInterrupt: string): string {
  const sleeper = `${onInterrupt}; console.log(process.pid); setInterval(() => {}, 1000)`
  const parent = `
    const { spawn } = require('node:child_process')
    spawn(process.execPath, ['-e', ${JSON.stringify(sleeper)}], { stdio: 'inherit' })
    ${sleeper}`
  return `
    import { runGroup } from ${JSON.stringify(runGroup)}
    await runGroup(['-e', ${JSON.stringify(parent)}], { cwd: process.cwd(), env: process.env })`
}

async function start(onInterrupt: string) {
  const child = spawn(
    process.execPath,
    ['--input-type=module-typescript', '-e', program(onInterrupt)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const pids: number[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    pids.push(Number(line))
    if (pids.length === 2) break
  }
  return { child, pids }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test.skipIf(process.platform === 'win32')(
  'ctrl-C ends the command and all it started',
  async () => {
    const { child, pids } = await start('')

    child.kill('SIGINT')
    const [exitCode] = await once(child, 'exit')

    expect(exitCode).toBe(130)
    await expect.poll(() => pids.filter(isAlive), { timeout: 30_000 }).toEqual([])
  },
)

test.skipIf(process.platform === 'win32')(
  'a second ctrl-C kills what ignores the first',
  async () => {
    const { child, pids } = await start("process.on('SIGINT', () => console.error('ignored'))")

    child.kill('SIGINT')
    child.kill('SIGTERM')
    const [exitCode] = await once(child, 'exit')

    expect(exitCode).toBeGreaterThan(128)
    await expect.poll(() => pids.filter(isAlive), { timeout: 30_000 }).toEqual([])
  },
)
