import { copyFile, mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { openRealLab } from './experiment/real-lab.ts'
import type { Progress } from './experiment/progress.ts'
import type { JUnitOptions } from './runners/junit/any-command.ts'
import { recognise } from './runners/recognise.ts'
import { writingInto } from './unwritable.ts'

/** What {@link recordRun} is asked to do. */
export interface RecordOptions {
  readonly command: readonly string[]
  /** Default: the current directory. */
  readonly cwd?: string
  /** Path of the record, relative to `cwd`. Default: `.isolane/records/<time>.jsonl`. */
  readonly out?: string
  /** Gets the output of the command. */
  readonly echo?: NodeJS.WritableStream
  readonly color?: boolean
  /** Where the results of a command of any other runner are. */
  readonly junit?: Pick<JUnitOptions, 'files'>
  readonly signal?: AbortSignal
}

/** What came of it. */
export interface RecordResult {
  /** That of the command; undefined when a signal ended it. */
  readonly exitCode: number | undefined
  /** Absolute path of the record; undefined when the runner died before it wrote one. */
  readonly path: string | undefined
}

const quiet: Progress = { step: () => {}, note: () => {} }

/**
 * Runs a test command as it is and keeps its record, to be examined later or elsewhere.
 *
 * @throws `ISOLANE_OPTION` when the command is of no supported runner, `ISOLANE_COMMAND` when it cannot
 * be started, `ISOLANE_RECORD` when the record cannot be written.
 */
export async function recordRun(options: RecordOptions): Promise<RecordResult> {
  const { command, cwd = process.cwd(), echo, color } = options
  const signal = options.signal ?? new AbortController().signal
  // Nothing is run again here.
  const junit = options.junit && { ...options.junit, rerun: '{id}' }
  const driver = recognise(command, cwd, junit)
  await using lab = await openRealLab({ driver, command, cwd, progress: quiet, signal })
  const { exitCode, record, name } = await lab.first({ echo, color })
  lab.end()
  if (record === undefined) return { exitCode, path: undefined }
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-')
  const path = resolve(cwd, options.out ?? join('.isolane', 'records', `${time}.jsonl`))
  await writingInto(dirname(path), async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await copyFile(join(lab.home, 'runs', `${name}.jsonl`), path)
  })
  return { exitCode, path }
}
