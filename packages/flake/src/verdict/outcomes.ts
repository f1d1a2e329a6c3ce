import { isFailure } from '@isolane/record'
import type { Attempt, RecordError, TestRecord } from '@isolane/record'

/** The result of one test in one run, retries left out. */
export interface Sample {
  readonly key: string
  readonly failed: boolean
  readonly timedOut: boolean
  readonly durationMs: number
  readonly attempt: Attempt
  readonly error: RecordError | undefined
}

/**
 * One sample for each time that a test was run in a fresh worker: the first try of every repetition.
 * Later tries happen in a world that the first has touched. Skipped and interrupted tests give none.
 * A test whose setup failed gives a failed one with the error of the setup.
 */
export function samplesOf(record: TestRecord): Sample[] {
  const blocked = new Map<string, RecordError>()
  for (const line of record.errors) {
    if (line.scope !== 'setup') continue
    for (const key of line.tests) blocked.set(key, line.error)
  }
  const samples: Sample[] = []
  for (const attempt of record.attempts) {
    if (attempt.retry > 0) continue
    const setupError = attempt.outcome === 'skipped' ? blocked.get(attempt.key) : undefined
    if (attempt.outcome === 'interrupted') continue
    if (attempt.outcome === 'skipped' && setupError === undefined) continue
    samples.push({
      key: attempt.key,
      failed: setupError !== undefined || isFailure(attempt.outcome),
      timedOut: attempt.outcome === 'timed-out',
      durationMs: attempt.endMs - attempt.startMs,
      attempt,
      error: setupError ?? attempt.error,
    })
  }
  return samples
}
