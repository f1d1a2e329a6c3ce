import type {
  FullConfig,
  FullResult,
  Reporter,
  Suite,
  TestCase,
  TestError,
  TestResult,
  TestStep,
  WorkerInfo,
} from '@playwright/test/reporter'
import { keyPath, toRecordError } from '@isolane/record/reporter'
import type { Attempt, End, RecordError } from '@isolane/record'
import { environment } from '../environment.ts'
import { RunRecorder } from '../run-recorder.ts'
import { toldLane } from './told-lane.ts'
import type { ToldLane } from './told-lane.ts'

/**
 * Writes a record of a Playwright Test run to the file named by `ISOLANE_RECORD`; without it, it does
 * nothing. Add it to `reporter` to keep a record of every run, or let `isolane flake` add it.
 */
export default class PlaywrightReporter implements Reporter {
  #recorder: RunRecorder<string> | undefined
  #config: FullConfig | undefined
  #tests: readonly TestCase[] = []
  readonly #leases = new Set<string>()
  readonly #setupErrors = new Map<string, { test: TestCase; error: RecordError; keys: string[] }>()

  printsToStdio(): boolean {
    return false
  }

  onBegin(config: FullConfig, suite: Suite): void {
    const recorder = this.#open(config.version, config.workers)
    const firsts = new Map<string, string>()
    this.#config = config
    this.#tests = suite.allTests()
    for (const test of this.#tests) {
      const { file, line } = test.location
      const found = { ...nameOf(test), file, line, timeoutMs: allowed(test.timeout) }
      const name = JSON.stringify([found.project, found.file, found.titlePath])
      const first = firsts.get(name)
      if (first !== undefined && test.repeatEachIndex > 0) {
        recorder?.collectAgain(test.id, first)
        continue
      }
      firsts.set(name, test.id)
      recorder?.collect(test.id, found)
    }
  }

  onTestBegin(test: TestCase): void {
    this.#recorder?.start(test.id)
  }

  onStepBegin(): void {
    this.#recorder?.hear()
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    const recorder = this.#recorder
    if (recorder === undefined) return
    const startMs = result.startTime.getTime()
    const outcome = outcomeOf(test, result)
    const failed = outcome !== 'passed' && outcome !== 'skipped'
    const error = failed ? this.#errorOf(recorder, test, result) : undefined
    const told = toldLane(result)
    const place =
      result.workerIndex < 0
        ? {}
        : { worker: String(result.workerIndex), slot: result.parallelIndex + 1 }
    this.#notePlace(recorder, place, told, startMs)
    recorder.attempt(test.id, {
      outcome: error !== undefined && isCrash(error) ? 'crashed' : outcome,
      startMs,
      endMs: startMs + Math.max(0, Math.round(result.duration)),
      ...place,
      lane: told?.lane,
      retry: result.retry,
      repeat: test.repeatEachIndex,
      error,
    })
    this.#noteSetup(recorder, test, result, error)
  }

  onError(error: TestError, worker?: WorkerInfo): void {
    const recorder = this.#recorder ?? this.#open('unknown', undefined)
    if (recorder === undefined) return
    const file = error.location?.file
    recorder.write({
      kind: 'error',
      scope: 'run',
      tests: [],
      ...(file === undefined ? {} : { file: keyPath(recorder.cwd, file) }),
      ...(worker === undefined ? {} : { worker: String(worker.workerIndex) }),
      error: plainError(error, recorder.cwd),
    })
  }

  onEnd(result: FullResult): void {
    const recorder = this.#recorder
    if (recorder === undefined) return
    for (const { test, error, keys } of this.#setupErrors.values()) {
      recorder.write({
        kind: 'error',
        scope: 'setup',
        project: nameOf(test).project,
        file: keyPath(recorder.cwd, test.location.file),
        tests: keys,
        error,
      })
    }
    for (const test of this.#tests) {
      if (!recorder.isReported(test.id) && this.#isLeftOut(test)) this.#leaveOut(recorder, test)
    }
    const status: End['status'] = result.status === 'timedout' ? 'timed-out' : result.status
    recorder.end(status)
    this.#recorder = undefined
  }

  // Playwright begins no test of a project when one has failed that it depends on, and none after `maxFailures`.
  #isLeftOut(test: TestCase): boolean {
    const { maxFailures = 0, projects = [] } = this.#config ?? {}
    const failed = this.#tests.filter((one) => one.outcome() === 'unexpected')
    if (maxFailures > 0 && failed.length >= maxFailures) return true
    const needed = new Set<string>()
    const need = (name: string): void => {
      for (const other of projects.find((one) => one.name === name)?.dependencies ?? []) {
        if (needed.has(other)) continue
        needed.add(other)
        need(other)
      }
    }
    need(nameOf(test).project)
    return failed.some((one) => needed.has(nameOf(one).project))
  }

  #leaveOut(recorder: RunRecorder<string>, test: TestCase): void {
    const now = Date.now()
    recorder.attempt(test.id, { outcome: 'skipped', startMs: now, endMs: now, retry: 0, repeat: 0 })
  }

  #open(version: string, workers: number | undefined): RunRecorder<string> | undefined {
    const path = process.env[environment.record]
    if (path === undefined || path === '') return undefined
    this.#recorder = new RunRecorder(path, { runner: { name: 'playwright', version }, workers })
    return this.#recorder
  }

  #errorOf(recorder: RunRecorder<string>, test: TestCase, result: TestResult): RecordError {
    const [thrown] = result.errors
    if (thrown !== undefined) return plainError(thrown, recorder.cwd)
    const message =
      result.status === 'passed' && test.expectedStatus === 'failed'
        ? 'Expected to fail, but passed.'
        : `The test ended as ${result.status} without an error.`
    return toRecordError({ message }, recorder.cwd)
  }

  // Only a worker with a lane tells when it started; of the others no more is known than their first test.
  #notePlace(
    recorder: RunRecorder<string>,
    place: { readonly worker?: string; readonly slot?: number },
    told: ToldLane | undefined,
    startMs: number,
  ): void {
    recorder.worker(place, told?.workerStartedMs ?? startMs)
    if (told?.leasedMs === undefined || place.worker === undefined) return
    const { id, port } = told.lane
    const lease = `${place.worker} ${id}`
    if (this.#leases.has(lease)) return
    this.#leases.add(lease)
    const ports = port === undefined ? {} : { ports: [port] }
    recorder.write({
      kind: 'lane',
      event: 'leased',
      atMs: told.leasedMs,
      lane: id,
      ...place,
      ...ports,
    })
  }

  // When beforeAll fails, Playwright blames the first test and skips the others of the group.
  #noteSetup(
    recorder: RunRecorder<string>,
    test: TestCase,
    result: TestResult,
    error: RecordError | undefined,
  ): void {
    const group = `${nameOf(test).project}\n${test.location.file}`
    const key = recorder.keyOf(test.id)
    if (key === undefined) return
    if (error !== undefined && failedInBeforeAll(result.steps)) {
      const known = this.#setupErrors.get(group)
      if (known === undefined) this.#setupErrors.set(group, { test, error, keys: [key] })
      else if (!known.keys.includes(key)) known.keys.push(key)
    } else if (result.status === 'skipped' && test.expectedStatus !== 'skipped') {
      this.#setupErrors.get(group)?.keys.push(key)
    }
  }
}

function nameOf(test: TestCase): { project: string; titlePath: string[] } {
  const titlePath = [test.title]
  let suite: Suite | undefined = test.parent
  for (; suite !== undefined && suite.type === 'describe'; suite = suite.parent) {
    if (suite.title !== '') titlePath.unshift(suite.title)
  }
  return { project: suite?.project()?.name ?? '', titlePath }
}

function outcomeOf(test: TestCase, result: TestResult): Attempt['outcome'] {
  const { status } = result
  if (status === 'skipped' || status === 'interrupted') return status
  if (status === test.expectedStatus) return 'passed'
  return status === 'timedOut' ? 'timed-out' : 'failed'
}

// A test may ask for more while it runs.
function allowed(timeoutMs: number): number {
  return timeoutMs === 0 ? 0 : Math.max(timeoutMs, 150_000)
}

function isCrash(error: RecordError): boolean {
  return /^worker process exited unexpectedly/i.test(error.message)
}

function plainError(error: TestError, cwd: string): RecordError {
  return toRecordError(
    { message: error.message ?? error.value ?? 'unknown error', stack: error.stack },
    cwd,
  )
}

function failedInBeforeAll(steps: readonly TestStep[]): boolean {
  return steps.some(
    (step) =>
      (step.category === 'hook' && step.title === 'beforeAll hook' && step.error !== undefined) ||
      (step.category === 'hook' && failedInBeforeAll(step.steps)),
  )
}
