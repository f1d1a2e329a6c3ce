import { openSync, writeSync } from 'node:fs'
import type { TestRunner } from 'vitest'
import { clockMs, resultsAt } from '../shared/progress.ts'
import type { NotedResult, Progress, ResultLine, RunningTest } from '../shared/progress.ts'
import {
  hearTimeouts,
  nothing,
  runsAlone,
  suiteTimeouts,
  testTimeouts,
  withTimeouts,
} from './own-timeouts.ts'
import type { Own, Suite, Test } from './own-timeouts.ts'

interface Config {
  readonly hookTimeout: number
}

type File = Parameters<TestRunner['onCollectStart']>[0]

/** More concurrent tests than these need not be named. */
const MOST_TESTS = 20
const MOST_NAME = 300
const MOST_ERROR = 2_000

/** Within this time from a note, a hook or test that begins needs no other. */
const SELDOM_MS = 100

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
  const running = new Map<string, RunningTest>()
  // Of all that has begun since something ran alone: what runs beside others may have begun long before.
  let own: Own = nothing
  let last: Omit<Progress, 'tests' | 'atMs' | keyof Own> = { phase: 'boot' }
  let lastMs = 0
  let ended: (() => void) | undefined
  const note = (what: typeof last): void => {
    ended = undefined
    last = what
    lastMs = clockMs()
    const tests = [...running.values()].slice(0, MOST_TESTS)
    writeSync(
      file,
      `${stringify({ ...what, ...own, tests, atMs: lastMs } satisfies Progress)}\n`,
      0,
    )
  }
  let batch = 0
  let at = resultsAt
  const result = (line: Omit<ResultLine, 'batch' | 'atMs'>): void => {
    const text = stringify({ batch, atMs: clockMs(), ...line } satisfies ResultLine)
    at += writeSync(file, `${text}\n`, at)
  }
  const beside = (task: Test | Suite): Own => (runsAlone(task) ? nothing : own)
  const ofHooks = (it: Suite, at: Test | Suite, { hookTimeout }: Config): Own =>
    withTimeouts(beside(at), [hookTimeout, ...suiteTimeouts(Runner, it)])
  /** Hooks of a suite: it begins, or what it has in it has ended. */
  const hooks = (it: Suite, at: Test | Suite, config: Config): void => {
    own = ofHooks(it, at, config)
    const suite = 'filepath' in it ? '' : it.fullTestName
    note({ phase: 'hooks', file: it.file.filepath, suite })
  }
  const begin = (test: Test): void => {
    if (test.mode !== 'run' && test.mode !== 'queued') return
    // One that an aroundEach hook has skipped has had no end.
    if (runsAlone(test)) running.clear()
    own = withTimeouts(beside(test), testTimeouts(Runner, test))
    const { id, location } = test
    running.set(id, { id, name: test.fullTestName.slice(0, MOST_NAME), line: location?.line })
    note({ phase: 'test', file: test.file.filepath })
  }
  const whole = (phase: Progress['phase'], path: string | undefined, timeout: number): void => {
    running.clear()
    own = withTimeouts(nothing, [timeout])
    note({ phase, file: path })
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
    whole('load', it.filepath, hookTimeout)
  })
  before('onBeforeRunSuite', (it: Suite, config) => hooks(it, it, config))
  before('onBeforeRunTask', begin)
  before('onBeforeTryTask', (test: Test) => {
    const { retryCount = 0, repeatCount = 0 } = test.result ?? {}
    if (retryCount + repeatCount > 0) begin(test)
  })
  // Its result says that it runs no longer, as long as it stands there.
  const end = (test: Test, config: Config): void => {
    running.delete(test.id)
    if (test.result === undefined) return
    const within = test.suite ?? test.file
    const suite = test.suite?.fullTestName ?? ''
    const next = ofHooks(within, test, config)
    result({ id: test.id, suite, ...next, result: noted(test.result) })
    ended = () => {
      if (running.size === 0) hooks(within, test, config)
      else note({ phase: 'test', file: test.file.filepath })
    }
  }
  before('onAfterRunTask', end)
  // Of a test that skips itself Vitest tells no other end.
  before('onAfterRetryTask', (test: Test, config) => {
    if (test.result?.state === 'skip') end(test, config)
  })
  before('onAfterRunSuite', (it: Suite, config) => {
    hooks(it.suite ?? it.file, it, config)
  })
  before('onAfterRunFiles', ([file]: readonly File[], { hookTimeout }) => {
    whole('idle', file?.filepath, hookTimeout)
  })
  // Vitest calls it when it has sent a batch of results.
  before('onTaskUpdate', () => {
    ended?.()
    batch += 1
    at = resultsAt
    result({})
  })
  hearTimeouts(Runner, (timeout) => {
    ended?.()
    if (last.phase !== 'test' && last.phase !== 'hooks') return
    if (timeout <= own.ownMs && clockMs() - lastMs < SELDOM_MS) return
    own = withTimeouts(own, [timeout])
    note(last)
  })
  note(last)
  result({})
}

/** Vitest does not publish why a test has skipped itself. */
type TestResult = NonNullable<Test['result']> & { readonly note?: string | undefined }

function noted(it: TestResult): NotedResult {
  const { state, startTime, duration, note, errors } = it
  return {
    state,
    startTime,
    duration,
    ...(note === undefined ? {} : { note }),
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

type Method =
  | 'onCollectStart'
  | 'onBeforeRunSuite'
  | 'onBeforeRunTask'
  | 'onBeforeTryTask'
  | 'onAfterRetryTask'
  | 'onAfterRunTask'
  | 'onAfterRunSuite'
  | 'onAfterRunFiles'
  | 'onTaskUpdate'
