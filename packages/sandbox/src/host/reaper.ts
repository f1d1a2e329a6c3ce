import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { processOf } from './process-tree.ts'
import { waitWhile } from './wait-while.ts'

/**
 * Ends process 1 of a sandbox, and waits until it is gone: the kernel has then ended all others. Some milliseconds.
 *
 * @returns false when it still lives after 5 s.
 */
export function killInside(layer: string): boolean {
  const pid = reaperOf(layer) ?? unwritten(layer)
  const start = pid === undefined ? undefined : processOf(pid)?.start
  if (pid === undefined || start === undefined || !belongs(pid, layer)) return true
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    return true
  }
  return waitWhile(() => processOf(pid)?.start === start, 0.2)
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
