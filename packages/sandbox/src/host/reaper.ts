import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { processOf } from './process-tree.ts'
import { END_LIMIT_MS, waitWhile } from './wait-while.ts'

/** How the processes of a sandbox came to their end. */
export interface Ending {
  /** False when what the command had started still lives after 5 s. */
  readonly ended: boolean
  /** Waits until process 1 is gone too, and the mounts with it. Does not reject. */
  gone(): Promise<void>
}

/**
 * Ends process 1 of a sandbox, with which the kernel ends all others, and waits until these are gone: not at all when
 * it was alone, else some milliseconds. It is itself gone a little later: it takes the mounts down first.
 */
export function killInside(layer: string): Ending {
  const pid = reaperOf(layer) ?? unwritten(layer)
  const start = pid === undefined ? undefined : processOf(pid)?.start
  const over: Ending = { ended: true, gone: async () => undefined }
  if (pid === undefined || start === undefined || !belongs(pid, layer)) return over
  const lives = (): boolean => processOf(pid)?.start === start
  const alone = isAlone(pid)
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    return over
  }
  const gone = async (): Promise<void> => {
    const limit = performance.now() + END_LIMIT_MS
    while (lives() && performance.now() < limit) await setTimeout(PAUSE_MS)
  }
  return { ended: alone || waitWhile(lives, 0.2), gone }
}

/** Waits, as {@link killInside} does, until process 1 of a sandbox that was ended is gone too. */
export function waitUntilGone(layer: string): void {
  const pid = reaperOf(layer)
  if (pid !== undefined) waitWhile(() => belongs(pid, layer), 0.2)
}

const PAUSE_MS = 5

/** Whether a process 1 is the only one of its namespace, by the /proc that it sees (proc_pid_root(5)). */
function isAlone(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/root/proc`).filter((name) => /^\d+$/.test(name)).length === 1
  } catch {
    return false
  }
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
