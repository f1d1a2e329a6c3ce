import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Footprint } from '@isolane/sandbox'

/** A test runner that the command started; the first line of its journal. */
export interface RunnerLine {
  readonly kind: 'runner'
  readonly name: string
  readonly pid: number
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

/** A worker that starts. */
export interface StartedLine {
  readonly kind: 'started'
  readonly id: number
}

/** A worker that has ended, with what it did in its sandbox. */
export interface WorkerLine {
  readonly kind: 'worker'
  /** Number inside its runner process, from 1. */
  readonly id: number
  readonly slot: number
  /** Test files that the runner gave it, absolute, in order. */
  readonly files: readonly string[]
  readonly footprint: Omit<Footprint, 'failure'>
  /** What nobody else has: ports and directories of its lane. */
  readonly own?: readonly string[]
}

/** Services of the runner's main process that were let into the sandboxes. */
export interface ForwardedLine {
  readonly kind: 'forwarded'
  readonly services: readonly string[]
}

export type JournalLine = RunnerLine | StartedLine | WorkerLine | ForwardedLine

/**
 * What one runner process tells `isolane run`: a file of JSON lines, each written at once, so that what is known
 * survives a SIGKILL.
 */
export class Journal {
  readonly #path: string

  constructor(directory: string) {
    this.#path = join(directory, `${process.pid}.jsonl`)
  }

  write(line: JournalLine): void {
    try {
      appendFileSync(this.#path, `${JSON.stringify(line)}\n`, { mode: 0o600 })
    } catch {
      // isolane was killed, and another run has removed its directory: nobody reads this.
    }
  }
}

/** One runner process and what it wrote. */
export interface RunnerJournal {
  readonly runner: RunnerLine
  /** How many workers it started; those that were killed with it are not among `workers`. */
  readonly started: number
  readonly workers: readonly WorkerLine[]
  readonly forwarded: readonly string[]
}

/** Reads all journals of a run, in the order of their beginning. A line that a dying process did not finish is left out. */
export function readJournals(directory: string): readonly RunnerJournal[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => {
      const lines = readFileSync(join(directory, name), 'utf8').split('\n').flatMap(parsed)
      const runner = lines.find((line) => line.kind === 'runner')
      if (runner === undefined) return []
      return {
        runner,
        started: lines.filter((line) => line.kind === 'started').length,
        workers: lines.filter((line) => line.kind === 'worker'),
        forwarded: lines.flatMap((line) => (line.kind === 'forwarded' ? line.services : [])),
      }
    })
    .sort((a, b) => a.runner.startedAt - b.runner.startedAt)
}

function parsed(line: string): readonly JournalLine[] {
  if (line === '') return []
  try {
    return [JSON.parse(line) as JournalLine]
  } catch {
    return []
  }
}
