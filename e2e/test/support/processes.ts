import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A process that has to do with a directory. */
export interface FoundProcess {
  readonly pid: number
  readonly command: string
}

/** The processes which run something of a directory, or run in it. */
export function processesOf(directory: string): readonly FoundProcess[] {
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
