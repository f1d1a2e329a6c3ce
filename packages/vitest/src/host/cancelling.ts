import type { TestProject, Vitest } from 'vitest/node'
import type { Run } from './rest-of-run.ts'

type Files = Run['context']['files']

/** Whether Vitest ends the run before all of its files have run: for `bail`, or because the user wants it. */
export function isCancelling(vitest: Vitest): boolean {
  return Reflect.get(vitest, 'isCancelling') === true
}

/**
 * The files that are to run: all of them, or those that have begun when Vitest is ending the run. It tells a worker so
 * once, and a worker that waits for its lane or its process has none that could hear it.
 */
export function withoutCancelled(
  files: Files,
  project: TestProject,
  hasBegun: (file: string) => boolean,
): Files {
  if (!isCancelling(project.vitest)) return files
  const begun = files.filter(({ filepath }) => hasBegun(filepath))
  const cancelled = files.filter((file) => !begun.includes(file))
  project.vitest.state.cancelFiles(cancelled, project)
  return begun
}
