import { hasOpenTransaction } from '@isolane/core/child'
import type { RunnerTask, TestContext } from 'vitest'
import { hasEnded, testsIn } from './tests-in.ts'

type Test = TestContext['task']

/** The test of `laneTest` that used the lane last, and the generation of the lane then. */
let previous: Test | undefined
let usedGeneration: number | undefined
/** Whether a connection of the lane was in a transaction at its end. */
let wasOpen = false

/** Notes who uses the lane from now on. */
export function usedBy(task: Test, generation: number): void {
  previous = task
  usedGeneration = generation
  wasOpen = false
}

/** Notes how a test leaves the lane. */
export function leftBy(task: Test): void {
  if (previous === task) wasOpen = hasOpenTransaction()
}

/** The test of `laneTest` that used the lane last; undefined when none has since the lane was reset. */
export function previousTest(generation: number): Test | undefined {
  return generation === usedGeneration ? previous : undefined
}

/**
 * Who may have left the lane so that it cannot be reset in front of a test: the test of `laneTest` before it, and Vitest's
 * own tests since then. Who holds a transaction of a connection that nobody here knows cannot be told.
 */
export function suspectsFor(task: Test, generation: number): readonly RunnerTask[] {
  const before = previousTest(generation)
  const since = endedSince(before, task)
  if (before === undefined) return since
  const isKnown = hasOpenTransaction()
  if (isKnown && wasOpen) return [before]
  return isKnown && since.length > 0 ? since : [before, ...since]
}

/** Names of tests: in quotes, as the text begins and ends with one. */
export function namesOf(tests: readonly RunnerTask[]): string {
  const names = tests.map(({ fullTestName }) => `"${fullTestName}"`)
  const [first = '', ...others] = names
  const last = others.pop()
  if (last === undefined) return first
  if (others.length === 0) return `${first} or ${last}`
  return `${first}, ${others.length === 1 ? others[0] : `one of ${others.length} tests after it`} or ${last}`
}

/** The tests of the file that have ended since the previous one of `laneTest` began. */
function endedSince(before: Test | undefined, { id, file }: Test): readonly RunnerTask[] {
  const ended = testsIn(file).filter((test) => hasEnded(test) && test.id !== id)
  if (before?.file !== file) return ended
  const at = ended.indexOf(before)
  const begun = before.result?.startTime ?? 0
  // Two may begin within a millisecond.
  return ended.filter((test, index) => {
    const { startTime = 0 } = test.result ?? {}
    return test !== before && (startTime > begun || (startTime === begun && index > at))
  })
}
