import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Waits until nobody runs in the process group led by `pid`; after each of `steps` it sends that step's
 * signal to all of them. Returns when nobody is left, or after the last step's wait.
 */
export async function endGroup(
  pid: number,
  steps: readonly { readonly waitMs: number; readonly signal: NodeJS.Signals }[],
): Promise<void> {
  for (const { waitMs, signal } of steps) {
    if (await isGone(pid, waitMs)) return
    await send(pid, signal)
  }
  await isGone(pid, 5000)
}

async function send(pid: number, signal: NodeJS.Signals): Promise<void> {
  if (process.platform === 'win32') {
    await run('taskkill', ['/PID', String(pid), '/T', '/F'], { windowsHide: true }).catch(() => {})
    return
  }
  try {
    process.kill(-pid, signal)
  } catch {
    // Nobody is left.
  }
}

async function isGone(pid: number, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    if (!isAlive(pid)) return true
    if (performance.now() >= deadline) return false
    await delay(pauseMs)
  }
}

// Zombies answer signal 0 until somebody reaps them, which in a container may be never.
function isAlive(pid: number): boolean {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  if (process.platform !== 'linux') return true
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && belongs(name, pid))
}

function belongs(name: string, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
    const [state, , leader] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state !== 'Z' && state !== 'X' && Number(leader) === group
  } catch {
    return false
  }
}
