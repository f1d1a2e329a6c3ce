import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** How long the kernel may take to end what a dead worker has started. */
const END_LIMIT_MS = 5_000

const pause = new Int32Array(new SharedArrayBuffer(4))

/**
 * Ends process 1 of a sandbox, and waits until it is gone: the kernel has then ended all others. Some milliseconds.
 *
 * @returns false when it still lives after 5 s.
 */
export function killInside(layer: string): boolean {
  const pid = reaperOf(layer) ?? unwritten(layer)
  const start = pid === undefined ? undefined : startOf(pid)
  if (pid === undefined || start === undefined || !belongs(pid, layer)) return true
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    return true
  }
  const limit = performance.now() + END_LIMIT_MS
  while (startOf(pid) === start) {
    if (performance.now() > limit) return false
    Atomics.wait(pause, 0, 0, 0.2)
  }
  return true
}

function reaperOf(layer: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(layer, 'reaper'), 'utf8'))
    return Number.isInteger(pid) && pid > 1 ? pid : undefined
  } catch {
    return undefined
  }
}

/** The shell that starts process 1 may be killed before it has written down which one that is. */
function unwritten(layer: string): number | undefined {
  if (!existsSync(join(layer, 'begun')) || existsSync(join(layer, 'made'))) return undefined
  const pid = readdirSync('/proc').find(
    (name) => /^\d+$/.test(name) && belongs(Number(name), layer),
  )
  return pid === undefined ? undefined : Number(pid)
}

/** A pid is given again: ours was started with the layer as an argument. */
function belongs(pid: number, layer: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return words.includes(layer) || words.includes(`${layer}/../alive`)
  } catch {
    return false
  }
}

/** When a process was started; undefined when there is none with this pid, or only its remains. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may itself hold blanks and parentheses (proc_pid_stat(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}
