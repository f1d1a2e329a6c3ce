/** What Vitest allows for what it runs in a worker: the timeouts of tests and hooks. */
import type { TestRunner } from 'vitest'

export type Suite = Parameters<TestRunner['onBeforeRunSuite']>[0]
export type Test = Parameters<TestRunner['onAfterTryTask']>[0]

/** What something may take by itself, or several things that run beside each other. */
export interface Own {
  /** The longest of their timeouts in milliseconds; 0 when none has one. */
  readonly ownMs: number
  /** One of them has no timeout: Vitest never ends it. */
  readonly unlimited: boolean
}

/** Nothing runs. */
export const nothing: Own = { ownMs: 0, unlimited: false }

/** With further timeouts; Vitest takes 0 and Infinity for none. */
export function withTimeouts(own: Own, timeouts: readonly number[]): Own {
  const limits = timeouts.filter((one) => one > 0 && Number.isFinite(one))
  return {
    ownMs: Math.max(own.ownMs, ...limits),
    unlimited: own.unlimited || limits.length < timeouts.length,
  }
}

/** Timeouts of the hooks that run once for a suite. */
export function suiteTimeouts(Runner: typeof TestRunner, suite: Suite): readonly number[] {
  const { beforeAll = [], afterAll = [], aroundAll = [] } = hooksOf(Runner, suite)
  return [...beforeAll, ...afterAll, ...aroundAll].flatMap(timeoutOf)
}

/** Timeouts of a test, of the hooks around it, and how long Vitest waits before it tries it again. */
export function testTimeouts(Runner: typeof TestRunner, test: Test): readonly number[] {
  const found: number[] = [test.timeout]
  if (typeof test.retry === 'object' && test.retry.delay) found.push(test.retry.delay)
  for (const suite of suitesOf(test)) {
    const { beforeEach = [], afterEach = [], aroundEach = [] } = hooksOf(Runner, suite)
    found.push(...[...beforeEach, ...afterEach, ...aroundEach].flatMap(timeoutOf))
  }
  return found
}

/** Whether no test and no hook runs beside those of a test or suite. */
export function runsAlone(task: Test | Suite): boolean {
  return task.concurrent !== true && suitesOf(task).every(({ concurrent }) => concurrent !== true)
}

/**
 * Hears the timeout of each test and hook that begins. Those of `afterAll`, `afterEach` and `onTestFinished` stand
 * nowhere, but Vitest sets a field of its runner when it starts their clock: 4.1 the one, 5.x the other.
 */
export function hearTimeouts(Runner: typeof TestRunner, hear: (timeoutMs: number) => void): void {
  const fields = {
    _currentTaskTimeout: (timeout: unknown): unknown => timeout,
    _deadline: (deadline: unknown): unknown => {
      const { startTime, endTime } = Object(deadline) as { startTime?: number; endTime?: number }
      return startTime === undefined || endTime === undefined
        ? undefined
        : Math.round(endTime - startTime)
    },
  }
  for (const [field, read] of Object.entries(fields)) {
    const values = new WeakMap<object, unknown>()
    Reflect.defineProperty(Runner.prototype, field, {
      configurable: true,
      get(this: TestRunner) {
        return values.get(this)
      },
      set(this: TestRunner, value: unknown) {
        values.set(this, value)
        const timeout = read(value)
        if (typeof timeout === 'number') hear(timeout)
      },
    })
  }
}

type Hooks = Readonly<Partial<Record<string, readonly object[]>>>

function hooksOf(Runner: typeof TestRunner, suite: Suite): Hooks {
  // A file that could not be loaded has none.
  return (Runner.getSuiteHooks(suite) as unknown as Hooks | undefined) ?? {}
}

/** The suites that a test or suite is in, its file included. */
function suitesOf(task: Test | Suite): readonly Suite[] {
  const found: Suite[] = []
  for (let one = task.suite; one !== undefined; one = one.suite) found.push(one)
  return [...found, task.file]
}

const noted = [Symbol.for('VITEST_CLEANUP_TIMEOUT'), Symbol.for('VITEST_AROUND_TIMEOUT')]

/** The timeout of a hook, where Vitest keeps it for itself; none when it is told as the hook begins. */
function timeoutOf(hook: object): readonly number[] {
  const timeout = noted
    .map((key): unknown => Reflect.get(hook, key))
    .find((one) => typeof one === 'number')
  if (timeout !== undefined) return [timeout]
  // Vitest wraps a hook in a function of this name when it has a timeout.
  return Reflect.get(hook, 'name') === 'runWithTimeout' ? [] : [0]
}
