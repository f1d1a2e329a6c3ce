import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** A process that has to do with a directory. */
export interface FoundProcess {
  readonly pid: number
  readonly command: string
}

/** The processes which run something of a directory, or run in it. */
function processesOf(directory: string): readonly FoundProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        // What is left of a process that nobody has asked for yet has no command.
        if (command === '') return []
        const place = readlinkSync(`/proc/${name}/cwd`)
        return `${command}\n${place}`.includes(directory) ? [{ pid: Number(name), command }] : []
      } catch {
        return []
      }
    })
}

/** Waits until there is none of them; gives those that are still there when it takes too long. */
export async function processesLeft(directory: string): Promise<readonly FoundProcess[]> {
  const limit = Date.now() + 30_000
  while (processesOf(directory).length > 0 && Date.now() < limit) await delay(50)
  return processesOf(directory)
}

/** Ends what a run without sandboxes has left. */
export function endProcessesOf(directory: string): void {
  for (const { pid } of processesOf(directory)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}
