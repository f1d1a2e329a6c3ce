import type { RunnerTask, RunnerTestCase } from 'vitest'

/** The tests of a file or suite, those of the suites in it included, in their order. */
export function testsIn({ tasks }: { readonly tasks: readonly RunnerTask[] }): RunnerTestCase[] {
  return tasks.flatMap((task) => (task.type === 'suite' ? testsIn(task) : [task]))
}

/** Whether a test ran to its end. */
export function hasEnded({ mode, result }: RunnerTestCase): boolean {
  return mode !== 'skip' && (result?.state === 'pass' || result?.state === 'fail')
}
