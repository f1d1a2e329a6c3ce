import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { serverVariable } from '@isolane/core/host'

const ofServer = `${serverVariable}=`
const run = promisify(execFile)

/** Command lines may be long, and Node.js takes 1 MiB of output. */
const MOST_BYTES = 64 * 2 ** 20

/** A process of this machine. */
export interface Process {
  readonly pid: number
  readonly parent: number
  /** Command line; safe to print after its control characters are taken out. */
  readonly command: string
}

/** The processes that descend from `pid`, parents before their children; none where they cannot be listed. */
export async function descendants(pid: number): Promise<readonly Process[]> {
  const all = await processes()
  const children = Map.groupBy(all, ({ parent }) => parent)
  const found: Process[] = []
  const visit = (parent: number): void => {
    for (const child of children.get(parent) ?? []) {
      found.push(child)
      visit(child.pid)
    }
  }
  visit(pid)
  return found
}

/**
 * Linux: processes that carry the lane in their environment and no longer descend from this process: a worker that is
 * dead has started them. What belongs to the lane's own app server is left to the lane.
 */
export function orphansOf(lane: string): readonly number[] {
  if (process.platform !== 'linux') return []
  const variable = `ISOLANE_LANE=${lane}`
  return linuxProcesses()
    .filter(({ pid }) => {
      if (pid === process.pid) return false
      const environment = environmentOf(pid)
      return environment.includes(variable) && !environment.some((one) => one.startsWith(ofServer))
    })
    .filter(({ pid }) => !isOurs(pid))
    .map(({ pid }) => pid)
}

/** What a process and its descendants have used of the processor, and whether one of them wants more of it or of the disk. */
export interface Load {
  readonly wants: boolean
  readonly cpuMs: number
}

/** Linux; undefined elsewhere. */
export function loadOf(pid: number): Load | undefined {
  if (process.platform !== 'linux') return undefined
  const wants = family(pid).some((one) => wantsMore(one, String(one)) || threadsWant(one))
  return { wants, cpuMs: cpuMsOf(pid) }
}

/** Linux: whether a thread of a process, but its main thread, wants the processor or the disk. */
export function threadsWant(pid: number): boolean {
  return threadsOf(pid).some((thread) => thread !== String(pid) && wantsMore(pid, thread))
}

function wantsMore(pid: number, thread: string): boolean {
  return /^[RD]$/.test(fieldsOf(`${pid}/task/${thread}`)?.[0] ?? '')
}

/** Linux: what a process and its descendants have used of the processor; 0 elsewhere. */
export function cpuMsOf(pid: number): number {
  if (process.platform !== 'linux') return 0
  const ticks = family(pid).map((one) => {
    const fields = fieldsOf(one)
    return Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0)
  })
  // Linux shows programs 100 ticks a second (proc_pid_stat(5)).
  return ticks.reduce((sum, one) => sum + one, 0) * 10
}

function family(pid: number): readonly number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ')
  return [
    pid,
    ...children.filter((child) => child !== '').flatMap((child) => family(Number(child))),
  ]
}

async function processes(): Promise<readonly Process[]> {
  if (process.platform === 'linux') return linuxProcesses()
  if (process.platform === 'win32') return []
  const ps = run('ps', ['-axo', 'pid=,ppid=,command='], { maxBuffer: MOST_BYTES })
  // What is known of a worker without it has to do.
  const { stdout } = await ps.catch(() => ({ stdout: '' }))
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
  })
}

function linuxProcesses(): readonly Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const fields = fieldsOf(Number(name))
      if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return []
      const command = read(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim()
      return [{ pid: Number(name), parent: Number(fields[1]), command }]
    })
}

/** Of `/proc/<pid>/stat`, what follows the name, which may itself hold blanks and parentheses (proc_pid_stat(5)). */
function fieldsOf(pid: number | string): readonly string[] | undefined {
  const stat = read(`/proc/${pid}/stat`)
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

function isOurs(pid: number): boolean {
  for (let at = pid; at > 1;) {
    if (at === process.pid) return true
    at = Number(fieldsOf(at)?.[1] ?? 0)
  }
  return false
}

function environmentOf(pid: number): readonly string[] {
  return read(`/proc/${pid}/environ`).split('\0')
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // It has ended, or is not ours to look at.
    return ''
  }
}
