/**
 * What a worker notes of its work while it can, in a file that the main process reads only when the worker is silent
 * for long or has died: nothing travels while all is well. The first line is a JSON document, what the worker is at.
 * From {@link resultsAt} on there is a line for each test whose result Vitest holds back for its next batch.
 */
import { readFileSync } from 'node:fs'
import { hrtime } from 'node:process'

/** A test that runs. */
export interface RunningTest {
  readonly id: string
  /** With the names of its suites. */
  readonly name: string
  readonly line: number | undefined
}

/** What a worker is at. */
export interface Progress {
  /** `boot`: it becomes a worker; `load`: a test file is imported; `hooks`: around tests; `idle`: after a file. */
  readonly phase: 'boot' | 'load' | 'hooks' | 'test' | 'idle'
  /** Absolute. */
  readonly file?: string | undefined
  /** Suite whose hooks run; empty for those of the file. */
  readonly suite?: string | undefined
  /** Several only when they are concurrent. */
  readonly tests: readonly RunningTest[]
  /** Milliseconds after which Vitest itself would end this; 0 for never. */
  readonly ownMs: number
  /** Part of it is never ended by Vitest: a hook or a test that has no timeout. */
  readonly unlimited: boolean
  /** On {@link clockMs}. */
  readonly atMs: number
}

/** Offset in bytes of the results in the file. */
export const resultsAt = 65_536

/** How a test ended. */
export interface NotedResult {
  readonly state: string
  readonly startTime?: number | undefined
  readonly duration?: number | undefined
  readonly note?: string | undefined
  readonly errors?: readonly {
    readonly name: string
    readonly message: string
    readonly stack: string
  }[]
}

/** A line of the results: those of other batches than the first line's have been sent. */
export interface ResultLine {
  readonly batch: number
  /** On {@link clockMs}. */
  readonly atMs: number
  readonly id?: string
  /** Suite of the test; empty when it has none but the file. */
  readonly suite?: string
  /** What the hooks of that suite may take. */
  readonly ownMs?: number
  readonly unlimited?: boolean
  readonly result?: NotedResult
}

/** Milliseconds on a clock that all processes of this machine share and nobody sets. */
export function clockMs(): number {
  const [seconds, nanoseconds] = hrtime()
  return seconds * 1_000 + nanoseconds / 1e6
}

/** What a worker noted last; undefined before its first note. */
export function readProgress(path: string): Progress | undefined {
  try {
    const file = readFileSync(path)
    // What follows the first line is left of longer notes.
    const [line = ''] = file.subarray(0, resultsAt).toString().split('\n', 1)
    const progress = JSON.parse(line) as Progress
    return progress.phase === 'test' ? withoutEnded(progress, resultLines(file)) : progress
  } catch {
    return undefined
  }
}

/** Results of tests that have ended, by their ids, which were not sent. */
export function readResults(path: string): ReadonlyMap<string, NotedResult> {
  try {
    const lines = resultLines(readFileSync(path))
    return new Map(
      lines.flatMap(({ id, result }): [string, NotedResult][] =>
        id === undefined || result === undefined ? [] : [[id, result]],
      ),
    )
  } catch {
    return new Map()
  }
}

/** A test whose result is noted runs no longer. */
function withoutEnded(progress: Progress, results: readonly ResultLine[]): Progress {
  const ended = new Map(results.map((line) => [line.id, line]))
  const last = progress.tests
    .flatMap(({ id }) => ended.get(id) ?? [])
    .toSorted((a, b) => a.atMs - b.atMs)
    .at(-1)
  if (last === undefined) return progress
  const tests = progress.tests.filter(({ id }) => !ended.has(id))
  if (tests.length > 0) return { ...progress, tests, atMs: last.atMs }
  const { atMs, suite, ownMs = 0, unlimited = false } = last
  return { ...progress, phase: 'hooks', suite, tests, ownMs, unlimited, atMs }
}

function resultLines(file: Buffer): readonly ResultLine[] {
  const found: ResultLine[] = []
  const [first = '', ...lines] = file.subarray(resultsAt).toString().split('\n')
  try {
    const { batch } = JSON.parse(first) as ResultLine
    for (const line of lines) {
      const one = JSON.parse(line) as ResultLine
      if (one.batch !== batch) break
      found.push(one)
    }
  } catch {
    // The last line was being written, or is left of longer ones.
  }
  return found
}
