import type { TestCase } from 'vitest/node'

/** One attempt of a test, as Vitest 5.1 tells it. */
export type TestAttempt = ReturnType<TestCase['attempts']>[number]

/** Vitest before 5.1 tells of a test only what came of all its attempts. */
type EarlierTestCase = Partial<Pick<TestCase, 'attempts'>> & Pick<TestCase, 'result' | 'diagnostic'>

/**
 * The attempts of a test that has ended. Before Vitest 5.1 those before the last are told by their number and
 * errors: each has the times of all together.
 */
export function attemptsOf(test: EarlierTestCase): readonly TestAttempt[] {
  if (test.attempts !== undefined) return test.attempts()
  const { state, errors = [] } = test.result()
  const known = test.diagnostic()
  if (known === undefined || (state !== 'passed' && state !== 'failed')) return []
  const { startTime, duration, retryCount } = known
  const times = { startTime, duration, repeatIndex: 0 }
  const attempts = Array.from({ length: retryCount }, (_, retryIndex): TestAttempt => {
    return {
      ...times,
      state: 'failed',
      retryIndex,
      errors: errors.slice(retryIndex, retryIndex + 1),
    }
  })
  const last = state === 'failed' ? errors.slice(Math.min(retryCount, errors.length - 1)) : []
  return [...attempts, { ...times, state, retryIndex: retryCount, errors: last }]
}
