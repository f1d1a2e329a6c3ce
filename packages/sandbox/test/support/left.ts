import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'

/** What of the machine still belongs to a run. */
export interface Left {
  /** Lines of the mount tables of all processes that name the run. */
  readonly mounts: number
  /** Processes in whose arguments or environment `mark` stands, without those that have ended or remove the directory. */
  readonly processes: number
}

/** Counts what is left, of the processes that may be looked at. */
export function leftOf(directory: string, mark = directory): Left {
  const counts = { mounts: 0, processes: 0 }
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (pid === String(process.pid)) continue
    const read = (name: string): string => {
      try {
        return readFileSync(join('/proc', pid, name), 'utf8')
      } catch {
        return ''
      }
    }
    const lines = read('mountinfo').split('\n')
    counts.mounts += lines.filter((line) => line.includes(directory)).length
    const text = `${read('cmdline')}\n${read('environ')}`.replaceAll(`${mark}-gone`, '')
    if (text.includes(mark)) counts.processes += 1
  }
  return counts
}

/** Waits for a state that comes by itself; the test's own time is the limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setImmediate()
}
