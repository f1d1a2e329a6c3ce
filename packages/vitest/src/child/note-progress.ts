import { openSync, writeSync } from 'node:fs'
import type { TestRunner } from 'vitest'
import { clockMs, resultsAt } from '../shared/progress.ts'
import type { NotedResult, Progress, ResultLine, RunningTest } from '../shared/progress.ts'

interface Config {
  readonly hookTimeout: number
}

type Test = Parameters<TestRunner['onAfterTryTask']>[0]
type Suite = Parameters<TestRunner['onBeforeRunSuite']>[0]
type File = Parameters<TestRunner['onCollectStart']>[0]

/** More concurrent tests than these need not be named. */
const MOST_TESTS = 20
const MOST_NAME = 300
const MOST_ERROR = 2_000

/**
 * Notes in a file what this worker is at: written at once and not by the event loop, so that it is right also when the
 * worker dies in the next moment or never comes to its event loop again.
 *
 * @param Runner Vitest's own class. Its prototype is changed: runners of users extend it, and are made later.
 */
export function noteProgress(path: string, Runner: typeof TestRunner): void {
  const file = openSync(path, 'w', 0o600)
  // Tests replace what they can reach: what is used later is kept here.
  const { stringify } = JSON
  const running = new Map<string, RunningTest & { readonly ownMs: number }>()
  let ended: (() => void) | undefined
  const note = (what: Omit<Progress, 'tests' | 'atMs'>): void => {
    ended = undefined
    const tests = [...running.values()].slice(0, MOST_TESTS)
    writeSync(file, `${stringify({ ...what, tests, atMs: clockMs() } satisfies Progress)}\n`, 0)
  }
  let batch = 0
  let at = resultsAt
  const result = (line: Omit<ResultLine, 'batch' | 'atMs'>): void => {
    const text = stringify({ batch, atMs: clockMs(), ...line } satisfies ResultLine)
    at += writeSync(file, `${text}\n`, at)
  }
  const hooks = (it: Suite, { hookTimeout }: Config): void => {
    const suite = 'filepath' in it ? '' : it.fullTestName
    const timeouts = [hookTimeout, ...ownTimeouts(Runner, it)]
    const ownMs = timeouts.some((one) => limit(one) === 0) ? 0 : Math.max(...timeouts)
    note({ phase: 'hooks', file: it.file.filepath, suite, ownMs })
  }
  const begin = (test: Test, config: Config): void => {
    if (test.mode !== 'run' && test.mode !== 'queued') return
    // One that was skipped while it ran has had no end.
    if (test.concurrent !== true) running.clear()
    const { id, timeout, location } = test
    const name = test.fullTestName.slice(0, MOST_NAME)
    running.set(id, { id, name, line: location?.line, ownMs: limit(timeout) })
    atTests(test, config)
  }
  const atTests = (test: Test, config: Config): void => {
    if (running.size === 0) {
      hooks(test.suite ?? test.file, config)
      return
    }
    const limits = [...running.values()].map(({ ownMs }) => ownMs)
    const ownMs = limits.includes(0) ? 0 : Math.max(...limits)
    note({ phase: 'test', file: test.file.filepath, ownMs })
  }

  const before = (name: Method, act: (it: never, config: Config) => void): void => {
    const original = Reflect.get(Runner.prototype, name) as
      | ((...args: unknown[]) => unknown)
      | undefined
    Reflect.set(Runner.prototype, name, function (this: TestRunner, ...args: unknown[]): unknown {
      act(args[0] as never, this.config)
      return original?.apply(this, args)
    })
  }
  before('onCollectStart', (it: File, { hookTimeout }) => {
    running.clear()
    note({ phase: 'load', file: it.filepath, ownMs: limit(hookTimeout) })
  })
  before('onBeforeRunSuite', hooks)
  before('onBeforeRunTask', begin)
  before('onBeforeTryTask', (test: Test, config) => {
    const { retryCount = 0, repeatCount = 0 } = test.result ?? {}
    if (retryCount + repeatCount > 0) begin(test, config)
  })
  // Its result says that it runs no longer, as long as it stands there.
  before('onAfterRunTask', (test: Test, config) => {
    running.delete(test.id)
    if (test.result === undefined) return
    const suite = test.suite?.fullTestName ?? ''
    result({ id: test.id, suite, result: noted(test.result) })
    ended = () => atTests(test, config)
  })
  before('onAfterRunSuite', (it: Suite, config) => {
    hooks(it.suite ?? it.file, config)
  })
  before('onAfterRunFiles', ([file]: readonly File[], { hookTimeout }) => {
    running.clear()
    note({ phase: 'idle', file: file?.filepath, ownMs: limit(hookTimeout) })
  })
  // Vitest calls it when it has sent a batch of results.
  before('onTaskUpdate', () => {
    ended?.()
    batch += 1
    at = resultsAt
    result({})
  })
  note({ phase: 'boot', ownMs: 0 })
  result({})
}

function noted(it: NonNullable<Test['result']>): NotedResult {
  const { state, startTime, duration, errors } = it
  return {
    state,
    startTime,
    duration,
    ...(errors === undefined
      ? {}
      : {
          errors: errors.map(({ name = 'Error', message, stack = '' }) => ({
            name,
            message: message.slice(0, MOST_ERROR),
            stack: stack.slice(0, MOST_ERROR),
          })),
        }),
  }
}

/** Timeouts that `beforeAll` hooks of a suite were given; Vitest keeps them where it reads them itself. */
function ownTimeouts(Runner: typeof TestRunner, suite: Suite): readonly number[] {
  // A file that could not be loaded has none.
  const hooks = Runner.getSuiteHooks(suite) as
    | ReturnType<typeof TestRunner.getSuiteHooks>
    | undefined
  return (hooks?.beforeAll ?? [])
    .map((hook): unknown => Reflect.get(hook, Symbol.for('VITEST_CLEANUP_TIMEOUT')))
    .filter((timeout) => typeof timeout === 'number')
}

/** Vitest takes 0 and Infinity for no limit. */
function limit(timeout: number): number {
  return timeout > 0 && Number.isFinite(timeout) ? timeout : 0
}

type Method =
  | 'onCollectStart'
  | 'onBeforeRunSuite'
  | 'onBeforeRunTask'
  | 'onBeforeTryTask'
  | 'onAfterRunTask'
  | 'onAfterRunSuite'
  | 'onAfterRunFiles'
  | 'onTaskUpdate'
