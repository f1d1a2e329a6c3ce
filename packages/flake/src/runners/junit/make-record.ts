import { globSync, readFileSync, statSync } from 'node:fs'
import { RecordWriter } from '@isolane/record'

/** Where a command leaves its results. */
export interface JUnitOutput {
  /** Paths or globs, relative to `cwd`. */
  readonly files: readonly string[]
  readonly cwd: string
  readonly runner: string
  readonly workers: number | undefined
}

/** Makes the record of a command from the JUnit files that it wrote since it started. */
export async function makeRecord(
  record: string,
  { files, cwd, runner, workers }: JUnitOutput,
  run: { readonly startedMs: number; readonly exitCode: number | undefined },
): Promise<void> {
  // Clocks of file systems are coarse.
  const sinceMs = run.startedMs - 50
  const paths = files
    .flatMap((pattern) => globSync(pattern, { cwd }).map((path) => `${cwd}/${path}`))
    .concat(files.filter((path) => path.startsWith('/') && !/[*?[{]/.test(path)))
    .filter((path) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= sinceMs)
  const unique = [...new Set(paths)].toSorted()
  if (unique.length === 0) return
  // Runners with a reporter of ours never need it.
  const { junitLines } = await import('@isolane/record/junit')
  const lines = junitLines(
    unique.map((path) => readFileSync(path, 'utf8')),
    {
      path: unique.join(', '),
      cwd,
      runner: { name: runner, version: 'unknown' },
      startedMs: run.startedMs,
      passed: run.exitCode === 0,
      workers,
    },
  )
  const writer = new RecordWriter(record)
  writer.writeAll(lines)
  writer.close()
}
