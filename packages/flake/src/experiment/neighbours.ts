import type { Attempt, TestRecord } from '@isolane/record'
import type { TestRef } from '../runners/driver.ts'

/** One test file as it ran on one worker. */
export interface FileRun {
  readonly project: string
  readonly file: string
  readonly worker: string | undefined
  readonly startMs: number
  readonly endMs: number
}

/** The files of a record, in the order in which they started. */
export function fileRuns(record: TestRecord): FileRun[] {
  const runs = new Map<string, FileRun>()
  for (const { project, file, worker, startMs, endMs, outcome } of record.attempts) {
    if (outcome === 'skipped') continue
    const id = JSON.stringify([project, file, worker])
    const known = runs.get(id)
    runs.set(id, {
      project,
      file,
      worker,
      startMs: Math.min(startMs, known?.startMs ?? startMs),
      endMs: Math.max(endMs, known?.endMs ?? endMs),
    })
  }
  return [...runs.values()].sort((a, b) => a.startMs - b.startMs)
}

/** A reference to a whole file. */
export function fileRef({ project, file }: { project: string; file: string }): TestRef {
  return { key: file, project, file, titlePath: [] }
}

/** The tests that ran in the file of a test, in the order in which they started. */
export function testsOfFile(
  record: TestRecord,
  test: { readonly project: string; readonly file: string },
): TestRef[] {
  const found = new Map<string, TestRef>()
  const own = record.attempts
    .filter(({ file, project }) => file === test.file && project === test.project)
    .filter(({ outcome, retry }) => outcome !== 'skipped' && retry === 0)
    .toSorted((a, b) => a.startMs - b.startMs || a.order - b.order)
  for (const attempt of own) if (!found.has(attempt.key)) found.set(attempt.key, refOf(attempt))
  return [...found.values()]
}

/** False when tests ran side by side and the record cannot say which: JUnit files name no workers. */
export function knowsWorkers({ header, attempts }: TestRecord): boolean {
  return (header.workers ?? 1) < 2 || new Set(attempts.map(({ worker }) => worker)).size > 1
}

/** What ran at the same time as an attempt on other workers, longest overlap first. */
export function beside(record: TestRecord, attempt: Attempt): FileRun[] {
  const overlap = (run: FileRun): number =>
    Math.min(run.endMs, attempt.endMs) - Math.max(run.startMs, attempt.startMs)
  if (!knowsWorkers(record)) return fileRuns(record).filter(({ file }) => file !== attempt.file)
  // Hooks before and after the tests of a file belong to its time too.
  const marginMs = -500
  return fileRuns(record)
    .filter((run) => run.file !== attempt.file && run.worker !== attempt.worker)
    .filter((run) => overlap(run) > marginMs)
    .sort((a, b) => overlap(b) - overlap(a))
}

/** Runs of a test's own file on other workers at the same time: its tests may run side by side too. */
export function besideInFile(record: TestRecord, attempt: Attempt): FileRun[] {
  if (!knowsWorkers(record)) return []
  return fileRuns(record).filter(
    ({ project, file, worker, startMs, endMs }) =>
      project === attempt.project &&
      file === attempt.file &&
      worker !== attempt.worker &&
      startMs <= attempt.endMs &&
      endMs >= attempt.startMs,
  )
}

/**
 * The files that had run before a test: those of its own worker where workers are shared, else all that
 * had ended, because they can only have left something outside of the process.
 */
export function before(record: TestRecord, attempt: Attempt): FileRun[] {
  const runs = fileRuns(record).filter(
    ({ file, project }) => file !== attempt.file || project !== attempt.project,
  )
  const workers = runs.map(({ worker }) => worker)
  const shared = new Set(workers).size < workers.length
  return runs.filter(
    ({ worker, startMs, endMs }) =>
      startMs <= attempt.startMs &&
      (shared ? worker === attempt.worker : endMs <= attempt.startMs || worker === attempt.worker),
  )
}

function refOf({ key, project, file, line, titlePath }: Attempt): TestRef {
  return { key, project, file, titlePath, ...(line === undefined ? {} : { line }) }
}
