import { keyPath, toRecordError } from '@isolane/record/reporter'
import type { RecordError } from '@isolane/record'
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node'
import { environment } from '../environment.ts'
import { readOrder } from '../read-order.ts'
import { RunRecorder } from '../run-recorder.ts'
import { readSelection } from '../selection.ts'
import { attemptsOf } from './attempts.ts'
import { onGlobalSetupError } from './global-setup.ts'
import { pinOrder } from './pin-order.ts'
import { restoreReporters } from './restore-reporters.ts'
import { selectTests } from './select-tests.ts'
import { WorkerDeaths } from './worker-deaths.ts'
import { askWorkers, workerOf } from './worker-names.ts'

type SerializedErrors = Parameters<NonNullable<Reporter['onTestRunEnd']>>[1]
type RunEndReason = Parameters<NonNullable<Reporter['onTestRunEnd']>>[2]

/**
 * Writes a record of a Vitest run to the file named by `ISOLANE_RECORD`; without it, it does nothing.
 * Add it to `reporters` to keep a record of every run, or let `isolane flake` add it.
 */
export default class VitestReporter implements Reporter {
  #recorder: RunRecorder<string> | undefined
  #repetition = 0
  #times = 1
  #deaths: WorkerDeaths | undefined

  async onInit(vitest: Vitest): Promise<void> {
    const path = process.env[environment.record]
    if (path !== undefined && path !== '') {
      const { maxWorkers, sequence } = vitest.config
      this.#recorder = new RunRecorder(path, {
        runner: { name: 'vitest', version: vitest.version },
        workers: maxWorkers,
        seed: sequence.seed,
        collectsLate: true,
      })
    }
    this.#deaths = this.#recorder && new WorkerDeaths(this.#recorder)
    const recorder = this.#recorder
    if (recorder !== undefined) {
      askWorkers(vitest)
      onGlobalSetupError(vitest, (thrown) => {
        const error = toRecordError(thrown, recorder.cwd)
        recorder.write({ kind: 'error', scope: 'run', tests: [], error })
      })
    }
    const order = readOrder(process.env[environment.order])
    if (order !== undefined) pinOrder(vitest, () => order)
    const selected = process.env[environment.selection]
    const selection = readSelection(selected)
    if (selected !== undefined && selection !== undefined) {
      this.#times = selectTests(vitest, selection, selected, (repetition) => {
        this.#repetition = repetition
        if (repetition > 0) this.#recorder?.again()
      })
    }
    if (process.env[environment.restore] === '1') await restoreReporters(vitest)
  }

  onTestModuleCollected(module: TestModule): void {
    for (const test of module.children.allTests()) {
      this.#recorder?.collect(test.id, {
        project: test.project.name,
        file: module.moduleId,
        line: test.location?.line,
        titlePath: titlePath(test),
        timeoutMs: test.options.timeout,
      })
    }
  }

  onTestCaseReady(test: TestCase): void {
    this.#recorder?.start(test.id)
  }

  onTestCaseResult(test: TestCase): void {
    const recorder = this.#recorder
    // How it failed is known from its worker already.
    if (recorder === undefined || this.#deaths?.ended(test.id) === true) return
    const place = workerOf(test.module)
    const attempts = attemptsOf(test)
    for (const attempt of attempts) {
      const thrown = attempt.state === 'failed' ? attempt.errors?.[0] : undefined
      const error = thrown === undefined ? undefined : toRecordError(thrown, recorder.cwd)
      const timedOut = error !== undefined && isTimeout(error)
      recorder.attempt(test.id, {
        ...place,
        outcome: timedOut ? 'timed-out' : attempt.state,
        startMs: Math.floor(attempt.startTime),
        endMs: Math.ceil(attempt.startTime + attempt.duration),
        retry: attempt.retryIndex + (this.#deaths?.count(test.id) ?? 0),
        repeat: this.#repetition + attempt.repeatIndex,
        error,
      })
    }
    if (attempts.length > 0) return
    const { state, errors } = test.result()
    const now = Date.now()
    const thrown = errors?.[0]
    recorder.attempt(test.id, {
      ...place,
      outcome: state === 'pending' ? 'interrupted' : state,
      startMs: recorder.startedAt(test.id) ?? now,
      endMs: now,
      retry: 0,
      repeat: this.#repetition,
      error: thrown === undefined ? undefined : toRecordError(thrown, recorder.cwd),
    })
  }

  onTestSuiteResult(suite: TestSuite): void {
    this.#hookErrors(suite, suite.module)
  }

  onTestModuleEnd(module: TestModule): void {
    this.#hookErrors(module, module)
    const started = startOf(module)
    if (started !== undefined) this.#recorder?.worker(workerOf(module), started)
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    errors: SerializedErrors,
    reason: RunEndReason,
  ): void {
    const recorder = this.#recorder
    if (recorder === undefined) return
    for (const module of modules) this.#unfinished(recorder, module, reason)
    for (const error of errors) {
      const file = 'VITEST_TEST_PATH' in error ? error['VITEST_TEST_PATH'] : undefined
      recorder.write({
        kind: 'error',
        scope: 'run',
        ...(typeof file === 'string' ? { file: keyPath(recorder.cwd, file) } : {}),
        tests: [],
        error: withCause(error, recorder.cwd),
      })
    }
    if (this.#repetition + 1 < this.#times && reason !== 'interrupted') return
    this.#deaths?.close()
    recorder.end(reason)
    this.#recorder = undefined
  }

  // Errors of beforeAll leave the tests "skipped": they are told from real skips by the mode.
  #hookErrors(entity: TestSuite | TestModule, module: TestModule): void {
    const recorder = this.#recorder
    const [thrown] = entity.errors()
    if (recorder === undefined || thrown === undefined) return
    const tests = [...entity.children.allTests()]
    const blocked = tests.filter((test) => test.result().state === 'skipped' && isRunnable(test))
    const keys = blocked.map((test) => recorder.keyOf(test.id)).filter((key) => key !== undefined)
    const place = workerOf(module)
    recorder.write({
      kind: 'error',
      scope: keys.length > 0 ? 'setup' : tests.length === 0 ? 'load' : 'run',
      project: module.project.name,
      file: keyPath(recorder.cwd, module.moduleId),
      tests: keys,
      ...(place.worker === undefined ? {} : { worker: place.worker }),
      error: toRecordError(thrown, recorder.cwd),
    })
  }

  // A worker that died leaves its tests pending, or its file queued: the one that ran crashed.
  #unfinished(recorder: RunRecorder<string>, module: TestModule, reason: RunEndReason): void {
    const state = module.state()
    if (state !== 'pending' && state !== 'queued') return
    const place = workerOf(module)
    const tests = [...module.children.allTests()]
    if (tests.length === 0) {
      const file = keyPath(recorder.cwd, module.moduleId)
      if (reason === 'interrupted') return
      const { name: project } = module.project
      recorder.collect(module.id, { project, file: module.moduleId, titlePath: [] })
      recorder.write({ kind: 'worker', event: 'crash', atMs: Date.now(), ...place, file })
      return
    }
    const running = tests.findLast(
      (test) => recorder.startedAt(test.id) !== undefined && !recorder.isReported(test.id),
    )
    // Results travel in batches: when none is out, the worker died in one of the first tests.
    if (reason !== 'interrupted') {
      const file = keyPath(recorder.cwd, module.moduleId)
      recorder.write({ kind: 'worker', event: 'crash', atMs: Date.now(), ...place, file })
    }
    if (running === undefined) return
    recorder.attempt(running.id, {
      ...place,
      outcome: reason === 'interrupted' ? 'interrupted' : 'crashed',
      startMs: recorder.startedAt(running.id) ?? Date.now(),
      endMs: Date.now(),
      retry: 0,
      repeat: this.#repetition,
    })
  }
}

function titlePath(test: TestCase): string[] {
  const titles = [test.name]
  for (let { parent } = test; parent.type === 'suite'; parent = parent.parent) {
    titles.unshift(parent.name)
  }
  return titles
}

// Vitest tells how long a worker took from its start to its first test, not when it started.
function startOf(module: TestModule): number | undefined {
  let first = Infinity
  for (const test of module.children.allTests()) {
    const [attempt] = attemptsOf(test)
    if (attempt !== undefined) first = Math.min(first, attempt.startTime)
  }
  if (first === Infinity) return undefined
  const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration } =
    module.diagnostic()
  return first - environmentSetupDuration - prepareDuration - collectDuration - setupDuration
}

function isRunnable(test: TestCase): boolean {
  const result = test.result()
  const { mode } = test.options
  return (mode === 'run' || mode === 'only') && !('note' in result && result.note !== undefined)
}

function isTimeout(error: RecordError): boolean {
  return error.name === 'TestTimeoutError' || /^(Test|Hook) timed out in \d+ms/.test(error.message)
}

function withCause(error: SerializedErrors[number], cwd: string): RecordError {
  const own = toRecordError(error, cwd)
  const { cause } = error
  const inner: unknown = typeof cause === 'object' && cause !== null ? cause.message : undefined
  return typeof inner === 'string' ? { ...own, message: `${own.message}\n${inner}` } : own
}
