import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keyPath, toRecordError } from '@isolane/record/reporter'
import type { RecordError } from '@isolane/record'
import { environment } from '../environment.ts'
import { RunRecorder } from '../run-recorder.ts'
import type { Ended } from '../run-recorder.ts'
import { Clocks } from './clocks.ts'
import type { NodeEvent, Told } from './events.ts'
import { RunningTests } from './running-tests.ts'

/** A test whose parent ended first; whether a hook is to blame shows when the parent is told of. */
interface Cancelled {
  readonly id: string
  readonly nesting: number
  readonly ended: Ended
}

/**
 * Writes a record of a run of `node --test` to the file named by `ISOLANE_RECORD`; without it, it does nothing. It
 * prints nothing: give it to `--test-reporter` beside another one. Node.js 20 and later.
 */
export default async function* report(
  events: AsyncIterable<NodeEvent>,
): AsyncGenerator<never, void> {
  const path = process.env[environment.record]
  const workers = Number(process.env[environment.nodeTestWorkers]) || undefined
  const run = path === undefined || path === '' ? undefined : new Run(path, workers)
  for await (const event of events) run?.hear(event)
  run?.end()
  yield* []
}

// Results come file by file, parents begin before their children and end after them. What runs meanwhile is told of at
// once by other events, before Node.js 24 of one file only.
class Run {
  readonly #recorder: RunRecorder<string>
  readonly #place: Pick<Ended, 'worker' | 'slot'>
  readonly #clocks = new Clocks()
  readonly #running = new RunningTests()
  /** What each file wrote to stderr, as far as it may say why it could not be loaded. */
  readonly #said = new Map<string, string>()
  /** Titles from the outermost parent to the test that began last. */
  #titles: string[] = []
  /** Places in the tree that turned out to be parents. */
  #parents = new Set<string>()
  #cancelled: Cancelled[] = []
  #count = 0
  #failed = false

  constructor(path: string, workers: number | undefined) {
    const runner = { name: 'node:test', version: process.versions.node }
    this.#recorder = new RunRecorder(path, { runner, workers })
    this.#place = workers === 1 ? { worker: 'main', slot: 1 } : {}
  }

  hear({ type, data }: NodeEvent): void {
    if (type === 'test:stderr') {
      this.#said.set(fileOf(data), (this.#said.get(fileOf(data)) ?? '') + (data.message ?? ''))
    }
    if (data?.name === undefined) return
    if (type === 'test:dequeue' || type === 'test:complete') {
      this.#clocks.hear(type, data, this.#isFile(data))
      if (!this.#isFile(data)) this.#running.hear(type, data)
    } else if (type === 'test:start') {
      this.#titles = [...this.#titles.slice(0, data.nesting), data.name]
      if (data.nesting > 0) this.#parents.add(JSON.stringify(this.#titles.slice(0, -1)))
      else this.#parents = new Set()
    } else if (type === 'test:pass' || type === 'test:fail') this.#ended(data, type === 'test:fail')
  }

  end(): void {
    this.#settle(0, undefined)
    this.#recorder.end(this.#failed ? 'failed' : 'passed')
  }

  #ended(told: Told, failed: boolean): void {
    const { name, nesting, details } = told
    const isExpected = told.todo !== undefined && told.todo !== false
    const isFailure = failed && !isExpected
    this.#failed ||= isFailure && nesting === 0
    const titlePath = [...this.#titles.slice(0, nesting), name]
    const failure = details?.error?.failureType
    if (this.#isFile(told)) {
      if (isFailure) this.#fileFailed(told)
      return
    }
    const isParent = this.#parents.has(JSON.stringify(titlePath))
    if (isParent || details?.type === 'suite') {
      const hook = failure === 'hookFailed' ? errorOf(told, this.#recorder.cwd) : undefined
      this.#settle(nesting + 1, hook)
      if (!isFailure || failure === 'subtestsFailed' || hook !== undefined) return
    }
    const isSkipped = isExpected || (told.skip !== undefined && told.skip !== false)
    const id = String((this.#count += 1))
    const file = fileOf(told)
    this.#recorder.collect(id, { project: '', file, line: told.line, titlePath })
    const ended: Ended = {
      ...this.#place,
      ...this.#clocks.timesOf(told),
      outcome: isSkipped
        ? 'skipped'
        : !isFailure
          ? 'passed'
          : failure === 'testTimeoutFailure'
            ? 'timed-out'
            : 'failed',
      retry: 0,
      repeat: 0,
      error: isFailure ? errorOf(told, this.#recorder.cwd) : undefined,
    }
    if (failure === 'cancelledByParent') this.#cancelled.push({ id, nesting, ended })
    else this.#recorder.attempt(id, ended)
  }

  // Who was cancelled below a parent whose hook failed never ran.
  #settle(nesting: number, hook: RecordError | undefined): void {
    const own = this.#cancelled.filter((one) => one.nesting >= nesting)
    this.#cancelled = this.#cancelled.filter((one) => one.nesting < nesting)
    for (const { id, ended } of own) {
      const { error: _, ...rest } = ended
      this.#recorder.attempt(id, hook === undefined ? ended : { ...rest, outcome: 'skipped' })
    }
    if (hook === undefined) return
    const tests = own.flatMap(({ id }) => this.#recorder.keyOf(id) ?? [])
    const scope = tests.length > 0 ? 'setup' : 'run'
    this.#recorder.write({ kind: 'error', scope, project: '', tests, error: hook })
  }

  // The process of a file ended badly: before its first test, in one of them, or after all.
  #fileFailed(told: Told): void {
    const recorder = this.#recorder
    const path = fileOf(told)
    const file = keyPath(recorder.cwd, path)
    const running = this.#running.of(path)
    const { exitCode, signal } = details(told)
    const how = signal === undefined ? `exit code ${exitCode ?? 'unknown'}` : signal
    if (running === undefined && !this.#running.knows(path)) {
      const error = thrownIn(this.#said.get(path) ?? '', recorder.cwd)
      const plain = toRecordError({ message: `the file ended with ${how}` }, recorder.cwd)
      const load = { scope: 'load', project: '', file } as const
      recorder.write({ kind: 'error', ...load, tests: [], error: error ?? plain })
      return
    }
    if (running === undefined) {
      const error = toRecordError({ message: `its process ended with ${how}` }, recorder.cwd)
      recorder.write({ kind: 'error', scope: 'run', project: '', file, tests: [], error })
      return
    }
    const id = String((this.#count += 1))
    const message = `the process ended with ${how} while this test ran`
    const { endMs } = this.#clocks.timesOf(told)
    recorder.write({ kind: 'worker', event: 'crash', atMs: endMs, ...this.#place, file })
    recorder.collect(id, { project: '', file: path, line: running.line, titlePath: running.titles })
    recorder.attempt(id, {
      ...this.#place,
      outcome: 'crashed',
      startMs: Math.min(running.startMs, endMs),
      endMs,
      retry: 0,
      repeat: 0,
      error: toRecordError({ message }, recorder.cwd),
    })
  }

  // A file stands in the tree as a test that is called by its path.
  #isFile({ name, nesting, file }: Told): boolean {
    return nesting === 0 && file !== undefined && resolve(name) === resolve(file)
  }
}

function fileOf({ file = '' }: Told): string {
  return file.startsWith('file:') ? fileURLToPath(file) : resolve(file)
}

function details({ details: known }: Told): {
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
} {
  const { exitCode, signal } = known?.error ?? {}
  return {
    ...(typeof exitCode === 'number' ? { exitCode } : {}),
    ...(typeof signal === 'string' ? { signal } : {}),
  }
}

// What the test threw is the cause of what Node.js says of it.
function errorOf({ details: known }: Told, cwd: string): RecordError {
  const error = known?.error
  const thrown = error?.cause
  if (typeof thrown === 'object' && thrown !== null) {
    const { name, message, stack } = thrown as Readonly<Record<string, unknown>>
    return toRecordError({ name: text(name), message: text(message), stack: text(stack) }, cwd)
  }
  const message = typeof thrown === 'string' ? thrown : error?.message
  return toRecordError({ message }, cwd)
}

// Node.js prints what nobody caught with its stack.
function thrownIn(said: string, cwd: string): RecordError | undefined {
  const match = /^((?:Uncaught )?([A-Z]\w*)(?: \[\w+\])?: (.*))((?:\n +at .*)*)/m.exec(said)
  if (match === null) return undefined
  const [stack, , name, message] = match
  return toRecordError({ name, message, stack }, cwd)
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
