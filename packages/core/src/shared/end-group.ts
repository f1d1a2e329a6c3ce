import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { linuxStat } from './process-identity.ts'

const run = promisify(execFile)

/** How long each step of {@link endGroup} may take. */
export interface EndGroupOptions {
  /** Time between SIGTERM and SIGKILL. Default 500. */
  readonly graceMs?: number
  /** Time after SIGKILL in which the group must be gone. Default 5000. */
  readonly deadlineMs?: number
}

/**
 * Ends the process group led by `pid`, or the process alone when it leads none: SIGTERM, SIGKILL
 * after a grace time, then waits until nobody of it runs. On Windows the process tree is ended by
 * `taskkill /T /F`. Ending what has ended is harmless.
 *
 * @returns true when nobody of it runs any more; false when somebody still did at the deadline.
 */
export async function endGroup(pid: number, options: EndGroupOptions = {}): Promise<boolean> {
  const { graceMs = 500, deadlineMs = 5000 } = options
  if (!Number.isSafeInteger(pid) || pid <= 1 || isOwn(pid)) return false
  if (process.platform === 'win32') {
    await run('taskkill', ['/PID', String(pid), '/T', '/F'], { windowsHide: true }).catch(() => {})
    return gone(pid, deadlineMs)
  }
  if (!signal(pid, 'SIGTERM')) return true
  if (await gone(pid, graceMs)) return true
  signal(pid, 'SIGKILL')
  return gone(pid, deadlineMs)
}

// A signal to our own group would end us before the work is done.
function isOwn(pid: number): boolean {
  if (pid === process.pid) return true
  return process.platform === 'linux' && linuxStat(process.pid)?.group === pid
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  return send(-pid, name) || send(pid, name)
}

function send(target: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, name)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function gone(pid: number, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    if (!(await runs(pid))) return true
    if (performance.now() >= deadline) return false
    await delay(pauseMs)
  }
}

// Zombies answer signal 0 until their parent reaps them, which may be never: look at the states.
async function runs(pid: number): Promise<boolean> {
  if (process.platform === 'win32') return send(pid, 0)
  if (!send(-pid, 0) && !send(pid, 0)) return false
  if (process.platform === 'linux') return linuxRuns(pid)
  try {
    const { stdout } = await run('ps', ['-axo', 'pid=,pgid=,stat='])
    return stdout.split('\n').some((line) => {
      const [member, group, state = 'Z'] = line.trim().split(/\s+/)
      return (Number(member) === pid || Number(group) === pid) && !state.startsWith('Z')
    })
  } catch {
    return true
  }
}

function linuxRuns(pid: number): boolean {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = linuxStat(Number(name))
    if (stat && !stat.zombie && (stat.group === pid || Number(name) === pid)) return true
  }
  return false
}
