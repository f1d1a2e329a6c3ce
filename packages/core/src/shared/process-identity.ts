import { execFile } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * One process, told apart from every later one that gets the same pid.
 */
export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in the words of this platform. Compare it, never parse it. */
  readonly start: string
}

/**
 * What is known of a process: `unseen` is one of another pid namespace (a container that shares
 * the directory), of which nothing can be said from here.
 */
export type ProcessLife = 'alive' | 'dead' | 'unseen'

/** Gives the identity of the live process `pid`, or undefined when there is none. A zombie is none. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const start = await startOf(pid)
  return start === undefined ? undefined : { pid, start }
}

/** True while that very process runs. A zombie does not run, nor does a reused pid. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await lifeOf(identity)) === 'alive'
}

/** Says whether that very process runs, or that it cannot be seen from here. */
export async function lifeOf(identity: ProcessIdentity): Promise<ProcessLife> {
  if (!seenFromHere(identity.start)) return 'unseen'
  return (await startOf(identity.pid)) === identity.start ? 'alive' : 'dead'
}

async function startOf(pid: number): Promise<string | undefined> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  if (process.platform === 'linux') {
    const stat = linuxStat(pid)
    return stat && !stat.zombie ? `${linuxScope()}:${stat.startTicks}` : undefined
  }
  if (!exists(pid)) return undefined
  return process.platform === 'win32' ? await windowsStart(pid) : await posixStart(pid)
}

/**
 * True when a process that still runs is about to be gone: killed, but not yet given a core to die on. Its sockets take
 * connections until then. Linux only; elsewhere false.
 */
export function isEnding(pid: number): boolean {
  if (process.platform !== 'linux') return false
  if (linuxStat(pid)?.exiting === true) return true
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    const pending = [...status.matchAll(/^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)$/gm)]
    return pending.some(([, mask]) => (BigInt(`0x${mask ?? '0'}`) & sigkill) !== 0n)
  } catch {
    return false
  }
}

/** SIGKILL in a mask of signals: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html. */
const sigkill = 1n << 8n

/** What `/proc/<pid>/stat` says of a process. */
interface LinuxStat {
  readonly zombie: boolean
  /** Whether it has begun to end (`PF_EXITING`). */
  readonly exiting: boolean
  readonly parent: number
  readonly group: number
  readonly startTicks: string
}

/** Reads `/proc/<pid>/stat`; undefined when there is no such process. */
export function linuxStat(pid: number): LinuxStat | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return undefined
  }
  // The second field is the program's name in brackets and may itself hold spaces and brackets.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, parent, group] = fields
  const flags = fields[6]
  const startTicks = fields[19]
  if (
    state === undefined ||
    parent === undefined ||
    group === undefined ||
    startTicks === undefined
  )
    return undefined
  return {
    zombie: state === 'Z' || state === 'X',
    exiting: (Number(flags) & 0x4) !== 0,
    parent: Number(parent),
    group: Number(group),
    startTicks,
  }
}

let scope: string | undefined

// Start times count from boot, and pids from the pid namespace, so both belong to the identity.
function linuxScope(): string {
  if (scope === undefined) {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    scope = `${boot}:${pidSpace()}`
  }
  return scope
}

/** Names the namespace in which this process has its pid; empty where there is but one. */
export function pidSpace(): string {
  if (process.platform !== 'linux') return ''
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')
  } catch {
    return ''
  }
}

function seenFromHere(start: string): boolean {
  if (process.platform !== 'linux') return true
  const [boot, namespace] = linuxScope().split(':')
  const [itsBoot, itsNamespace] = start.split(':')
  return itsBoot !== boot || itsNamespace === namespace
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function posixStart(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    })
    const [state = '', ...start] = stdout.trim().split(/\s+/)
    return state === '' || state.startsWith('Z') ? undefined : start.join(' ')
  } catch {
    // ps ends with 1 when no process matches.
    return undefined
  }
}

async function windowsStart(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await run(
      'powershell.exe',
      ['-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`],
      { windowsHide: true },
    )
    return stdout.trim() || undefined
  } catch {
    return undefined
  }
}
