import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { keyPath, toRecordError } from '@isolane/record/reporter'
import type { RecordError } from '@isolane/record'
import { environment } from '../environment.ts'
import { RunRecorder } from '../run-recorder.ts'
import { attemptsOf, isHookFailure } from './results.ts'
import type { JestCase, JestFile, JestFileResult } from './results.ts'

interface GlobalConfig {
  readonly maxWorkers: number
  readonly rootDir: string
  readonly seed?: number
}

interface Aggregated {
  readonly wasInterrupted: boolean
  readonly success: boolean
}

interface Running {
  readonly project: string
  readonly titlePath: readonly string[]
  readonly startMs: number
}

interface Place {
  readonly worker: string
  readonly slot: number
  readonly startedMs: number
}

const crashed = /jest worker process .*(terminated|crashed)|worker process.*exited/is

/**
 * Writes a record of a Jest run to the file named by `ISOLANE_RECORD`; without it, it does nothing. Add it
 * to `reporters` to keep a record of every run, or let `isolane flake` add it.
 */
export default class JestReporter {
  #recorder: RunRecorder<string> | undefined
  readonly #config: GlobalConfig
  /** How often the results of a file have come. */
  readonly #repeats = new Map<string, number>()
  /** The test of each file that began last and has no result yet. */
  readonly #running = new Map<string, Running>()
  readonly #onExit = (): void => this.#ended()

  constructor(config: GlobalConfig) {
    this.#config = config
  }

  onRunStart(): void {
    const path = process.env[environment.record]
    if (path === undefined || path === '') return
    const { maxWorkers, seed } = this.#config
    const places = process.env[environment.jestPlaces]
    if (places !== undefined) rmSync(places, { force: true })
    // Before the recorder listens too: it writes then what it was told.
    process.once('exit', this.#onExit)
    this.#recorder = new RunRecorder(path, {
      runner: { name: 'jest', version: version(this.#config.rootDir) },
      workers: maxWorkers,
      seed,
    })
  }

  onTestCaseStart({ path, context }: JestFile, { ancestorTitles, title }: JestCase): void {
    const project = context.config.displayName?.name ?? ''
    const titlePath = [...ancestorTitles, title]
    this.#running.set(path, { project, titlePath, startMs: Date.now() })
  }

  onTestCaseResult({ path }: JestFile): void {
    this.#running.delete(path)
  }

  onTestFileResult(test: JestFile, result: JestFileResult): void {
    const recorder = this.#recorder
    if (recorder === undefined) return
    const project = test.context.config.displayName?.name ?? ''
    const { startedMs, ...place } = placeOf(test.path)
    recorder.worker(place, startedMs)
    const { testExecError: thrown } = result
    if (thrown && result.testResults.length === 0) {
      this.#fileError(recorder, project, test.path, thrown, place)
      return
    }
    const file = keyPath(recorder.cwd, test.path)
    // Of no test: afterAll, or what nobody has caught. Its message is empty (jest-circus, `runAndTransformResultsToJestFormat`).
    if (thrown) {
      const said = thrown.message || thrown.stack?.split('\n', 1)[0]
      const error = toRecordError({ message: said, stack: thrown.stack }, recorder.cwd)
      recorder.write({ kind: 'error', scope: 'run', project, file, tests: [], error })
    }
    const name = JSON.stringify([project, test.path])
    const repeat = this.#repeats.get(name) ?? 0
    this.#repeats.set(name, repeat + 1)
    const ids = result.testResults.map((one, at) => {
      const id = JSON.stringify([name, at])
      const titlePath = [...one.ancestorTitles, one.title]
      const line = one.location?.line
      recorder.collect(id, { project, file: test.path, line, titlePath })
      return id
    })
    const isHook = isHookFailure(result.testResults, test.path)
    const blocked: string[] = []
    let error: RecordError | undefined
    for (const [at, one] of result.testResults.entries()) {
      const id = ids[at] ?? ''
      for (const attempt of attemptsOf(one, result.perfStats, recorder.cwd)) {
        recorder.attempt(id, { ...place, ...attempt, repeat })
        if (!isHook(one) || attempt.error === undefined) continue
        blocked.push(recorder.keyOf(id) ?? '')
        error ??= attempt.error
      }
    }
    if (error === undefined) return
    recorder.write({ kind: 'error', scope: 'setup', project, file, tests: blocked, error })
  }

  onRunComplete(_contexts: unknown, results: Aggregated): void {
    process.off('exit', this.#onExit)
    const status = results.wasInterrupted ? 'interrupted' : results.success ? 'passed' : 'failed'
    this.#recorder?.end(status)
    this.#recorder = undefined
  }

  // In band, a test that ends its process ends Jest, which says that all went well then.
  #ended(): void {
    const recorder = this.#recorder
    if (recorder === undefined) return
    for (const [path, running] of this.#running) {
      const { startedMs: _, ...place } = placeOf(path)
      const message = `the process ended with exit code ${process.exitCode ?? 0} while this test ran`
      this.#crashed(recorder, path, running, place, toRecordError({ message }, recorder.cwd))
    }
  }

  #crashed(
    recorder: RunRecorder<string>,
    path: string,
    { project, titlePath, startMs }: Running,
    place: Omit<Place, 'startedMs'>,
    error: RecordError,
  ): void {
    recorder.collect(path, { project, file: path, titlePath })
    const ended = { outcome: 'crashed', startMs, endMs: Date.now(), retry: 0, repeat: 0 } as const
    recorder.attempt(path, { ...place, ...ended, error })
  }

  #fileError(
    recorder: RunRecorder<string>,
    project: string,
    path: string,
    thrown: { readonly message?: string; readonly stack?: string },
    place: Omit<Place, 'startedMs'>,
  ): void {
    const file = keyPath(recorder.cwd, path)
    const error = toRecordError(thrown, recorder.cwd)
    if (crashed.test(error.message)) {
      recorder.write({ kind: 'worker', event: 'crash', atMs: Date.now(), ...place, file })
      const running = this.#running.get(path)
      if (running === undefined) recorder.collect(path, { project, file: path, titlePath: [] })
      else this.#crashed(recorder, path, running, place, error)
      return
    }
    recorder.write({ kind: 'error', scope: 'load', project, file, tests: [], error })
  }
}

// In band there are no workers: this process is the one.
function placeOf(path: string): Place {
  const places = process.env[environment.jestPlaces]
  const lines =
    places === undefined || !existsSync(places) ? [] : readFileSync(places, 'utf8').split('\n')
  const line = lines.findLast((one) => one.includes(JSON.stringify(path)))
  if (line !== undefined) return JSON.parse(line) as Place
  return { worker: String(process.pid), slot: 1, startedMs: performance.timeOrigin }
}

function version(rootDir: string): string {
  try {
    const require = createRequire(`${rootDir}/package.json`)
    const { version: found } = require('jest/package.json') as { version: string }
    return found
  } catch {
    return 'unknown'
  }
}
