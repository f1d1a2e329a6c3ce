import type { TestRecord } from '@isolane/record'
import { samplesOf } from './verdict/outcomes.ts'

/** One test in two runs. */
export interface Compared {
  readonly key: string
  /** Outcome in each: `failed`, `passed`, or `absent` when there is no result. */
  readonly outcomes: readonly [Outcome, Outcome]
  readonly durationMs: readonly [number, number]
}

/** How a test came out of a run. */
export type Outcome = 'passed' | 'failed' | 'absent'

/** How two whole runs differ. */
export interface Comparison {
  readonly tests: readonly [number, number]
  readonly failed: readonly [number, number]
  readonly onlyInFirst: readonly Compared[]
  readonly onlyInSecond: readonly Compared[]
  readonly inBoth: readonly Compared[]
  /** Tests with a result in one run only. */
  readonly absent: readonly Compared[]
  /** Passed in both, and took at least twice as long and 100 ms longer in one; greatest ratio first. */
  readonly slower: readonly Compared[]
  /** Median of first to second over the tests that passed in both; undefined with fewer than three. */
  readonly stretch: number | undefined
}

const clearRatio = 2
const clearMs = 100

/** Compares two whole runs: what fails only here or there, what got slower, what has no result. */
export function compareRuns(first: TestRecord, second: TestRecord): Comparison {
  const [one, other] = [resultsOf(first), resultsOf(second)]
  const tests = [...new Set([...one.keys(), ...other.keys()])].map((key): Compared => {
    const results = [one.get(key), other.get(key)] as const
    return {
      key,
      outcomes: [outcomeOf(results[0]), outcomeOf(results[1])],
      durationMs: [results[0]?.durationMs ?? 0, results[1]?.durationMs ?? 0],
    }
  })
  const failing = (a: Outcome, b: Outcome): Compared[] =>
    tests.filter(({ outcomes }) => outcomes[0] === a && outcomes[1] === b)
  const passed = failing('passed', 'passed')
  const ratios = passed
    .filter(({ durationMs: [a, b] }) => Math.min(a, b) >= 5)
    .map(({ durationMs: [a, b] }) => a / b)
    .sort((a, b) => a - b)
  return {
    tests: [one.size, other.size],
    failed: [failuresIn(one), failuresIn(other)],
    onlyInFirst: failing('failed', 'passed'),
    onlyInSecond: failing('passed', 'failed'),
    inBoth: failing('failed', 'failed'),
    absent: tests.filter(({ outcomes }) => outcomes.includes('absent')),
    slower: passed
      .filter(({ durationMs: [a, b] }) => Math.abs(a - b) >= clearMs && ratioOf(a, b) >= clearRatio)
      .sort((x, y) => ratioOf(...y.durationMs) - ratioOf(...x.durationMs)),
    stretch: ratios.length < 3 ? undefined : ratios[ratios.length >> 1],
  }
}

interface Result {
  readonly failed: boolean
  readonly durationMs: number
}

// A test that failed once in a run failed in it.
function resultsOf(record: TestRecord): Map<string, Result> {
  const results = new Map<string, Result>()
  for (const { key, failed, durationMs } of samplesOf(record)) {
    if (results.get(key)?.failed !== true) results.set(key, { failed, durationMs })
  }
  return results
}

function outcomeOf(result: Result | undefined): Outcome {
  if (result === undefined) return 'absent'
  return result.failed ? 'failed' : 'passed'
}

function failuresIn(results: ReadonlyMap<string, Result>): number {
  return [...results.values()].filter(({ failed }) => failed).length
}

function ratioOf(a: number, b: number): number {
  return Math.max(a, b) / Math.max(1, Math.min(a, b))
}
