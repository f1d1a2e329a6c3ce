import { randomUUID } from 'node:crypto'
import { availableParallelism, totalmem } from 'node:os'
import {
  keyPath,
  reconcile,
  recordFormat,
  RecordWriter,
  TestKeys,
  toRecordError,
} from '@isolane/record/reporter'
import type { Attempt, Collected, End, Missing, RecordError, RecordLine } from '@isolane/record'
import { gitCommit } from './git-commit.ts'
import { hangMessage, watchForHang } from './hang-watch.ts'
import { SignsOfLife } from './signs-of-life.ts'

/** What a reporter knows of its run when it starts. */
export interface RunFacts {
  readonly runner: { readonly name: string; readonly version: string }
  readonly workers?: number | undefined
  readonly seed?: number | undefined
  /** True when tests are collected only as their file begins. */
  readonly collectsLate?: boolean
}

/** A test as a reporter meets it: the file is absolute. */
export interface FoundTest {
  readonly project: string
  readonly file: string
  readonly line?: number | undefined
  readonly titlePath: readonly string[]
  /** What its runner allows it, in ms; 0: without limit. */
  readonly timeoutMs?: number | undefined
}

/** What a reporter knows of an attempt when it is over. */
export interface Ended {
  readonly outcome: Attempt['outcome']
  readonly startMs: number
  readonly endMs: number
  readonly worker?: string | undefined
  readonly slot?: number | undefined
  readonly lane?: Attempt['lane']
  readonly retry: number
  readonly repeat: number
  readonly error?: RecordError | undefined
}

/**
 * What the reporters of all runners share: they translate events, this writes the record. `Id` is the
 * runner's own identity of a test. What a runner tells in one turn of its event loop is written together, at the
 * end of the turn.
 */
export class RunRecorder<Id> {
  readonly cwd: string
  readonly #writer: RecordWriter
  readonly #keys = new TestKeys()
  readonly #tests = new Map<Id, Omit<Collected, 'kind'>>()
  readonly #reported = new Set<string>()
  readonly #started = new Map<string, number>()
  readonly #orders = new Map<string, number>()
  readonly #workers = new Set<string>()
  readonly #signs = new SignsOfLife()
  readonly #collectsLate: boolean
  readonly #endWatch: () => void
  #pending: RecordLine[] = []
  readonly #flush = (): void => {
    const lines = this.#pending
    this.#pending = []
    try {
      this.#writer.writeAll(lines)
    } catch (error) {
      // The tests come first: they go on without a record, which then has no end.
      this.#writer.close()
      const why = error instanceof Error ? error.message : String(error)
      process.stderr.write(`isolane: the record ${this.#writer.path} breaks off here: ${why}\n`)
    }
  }

  constructor(path: string, facts: RunFacts, cwd = process.cwd()) {
    this.cwd = cwd
    this.#writer = new RecordWriter(path)
    const commit = gitCommit(cwd)
    this.#writer.write({
      kind: 'header',
      format: recordFormat,
      run: randomUUID(),
      runner: { ...facts.runner },
      argv: process.argv.slice(1),
      cwd,
      startedAt: new Date().toISOString(),
      ...(commit === undefined ? {} : { commit }),
      ...(facts.workers === undefined ? {} : { workers: facts.workers }),
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      ...(facts.seed === undefined ? {} : { seed: facts.seed }),
    })
    process.on('exit', this.#flush)
    this.#collectsLate = facts.collectsLate === true
    this.#endWatch = watchForHang({
      silentMs: () => this.#signs.silentMs,
      healthyMs: () => this.#healthyMs(),
      note: (silentMs) => this.#hang(silentMs),
    })
  }

  /** Notes a test that was found. Call it in the order of the file; a second call changes nothing. */
  collect(id: Id, test: FoundTest): string {
    const known = this.#tests.get(id)
    if (known !== undefined) return known.key
    const name = {
      project: test.project,
      file: keyPath(this.cwd, test.file),
      titlePath: [...test.titlePath],
    }
    const { key, ordinal } = this.#keys.next(name)
    this.#signs.allow(key, test.timeoutMs)
    return this.#note(
      id,
      { key, ...name, ...(test.line === undefined ? {} : { line: test.line }) },
      ordinal,
    )
  }

  /** Notes that `id` is the same test as `other`, which was collected: a repetition of it. */
  collectAgain(id: Id, other: Id): string | undefined {
    const known = this.#tests.get(other)
    if (known !== undefined) this.#tests.set(id, known)
    return known?.key
  }

  #note(id: Id, test: Omit<Collected, 'kind'>, ordinal: number): string {
    this.#tests.set(id, test)
    this.write({ kind: 'collected', ...test })
    if (ordinal > 1) {
      this.write({
        kind: 'warning',
        key: test.key,
        message: `${ordinal} tests are called ${JSON.stringify(test.titlePath.join(' > '))} in ${test.file}: give each a name of its own`,
      })
    }
    return test.key
  }

  /** The key of a collected test. */
  keyOf(id: Id): string | undefined {
    return this.#tests.get(id)?.key
  }

  /** Notes that a test began. */
  start(id: Id): void {
    this.hear()
    const key = this.keyOf(id)
    if (key !== undefined) this.#started.set(key, Date.now())
  }

  /** Notes a sign of life of the tests. */
  hear(): void {
    this.#signs.hear()
  }

  /** Writes one attempt of a collected test. */
  attempt(id: Id, ended: Ended): void {
    const test = this.#tests.get(id)
    if (test === undefined) return
    this.#reported.add(test.key)
    this.#signs.took(ended.endMs - ended.startMs)
    const place = ended.worker ?? ''
    const order = this.#orders.get(place) ?? 0
    this.#orders.set(place, order + 1)
    const { worker, slot, lane, error } = ended
    this.write({
      kind: 'attempt',
      ...test,
      outcome: ended.outcome,
      startMs: ended.startMs,
      endMs: ended.endMs,
      ...(worker === undefined ? {} : { worker }),
      ...(slot === undefined ? {} : { slot }),
      ...(lane === undefined ? {} : { lane }),
      order,
      retry: ended.retry,
      repeat: ended.repeat,
      ...(error === undefined ? {} : { error }),
    })
  }

  /** True when an attempt of the test was written. */
  isReported(id: Id): boolean {
    const key = this.keyOf(id)
    return key !== undefined && this.#reported.has(key)
  }

  /** When the test began, as far as it is known to have begun. */
  startedAt(id: Id): number | undefined {
    const key = this.keyOf(id)
    return key === undefined ? undefined : this.#started.get(key)
  }

  /** Notes, once for each worker, since when it is there. */
  worker({ worker, slot }: Pick<Ended, 'worker' | 'slot'>, atMs: number): void {
    if (worker === undefined || this.#workers.has(worker)) return
    this.#workers.add(worker)
    const place = { worker, ...(slot === undefined ? {} : { slot }) }
    this.write({ kind: 'worker', event: 'started', atMs: Math.floor(atMs), ...place })
  }

  /** Says that everything runs once more; what got no result so far becomes `missing`. */
  again(): void {
    this.#writeMissing()
    this.#reported.clear()
    this.#started.clear()
  }

  /** Writes any other line. */
  write(line: RecordLine): void {
    this.hear()
    this.#pending.push(line)
    if (this.#pending.length === 1) setImmediate(this.#flush).unref()
  }

  /** Ends the record: what was collected but not reported becomes `missing`. */
  end(status: End['status']): void {
    if (status !== 'interrupted') this.#writeMissing()
    this.#endWatch()
    this.write({ kind: 'end', status, endedAt: new Date().toISOString() })
    this.#flush()
    this.#writer.close()
    process.off('exit', this.#flush)
  }

  #running(): [id: Id, key: string][] {
    return [...this.#tests].flatMap(([id, { key }]): [Id, string][] =>
      this.#started.has(key) && !this.#reported.has(key) ? [[id, key]] : [],
    )
  }

  #healthyMs(): number {
    const running = this.#running().map(([, key]) => key)
    const open = [...this.#tests.values()].map(({ key }) => key)
    return this.#signs.healthyMs(
      running.length > 0 ? running : open.filter((key) => !this.#reported.has(key)),
    )
  }

  #hang(silentMs: number): boolean {
    const running = this.#running()
    const tests = running.flatMap(([id]) => this.#tests.get(id) ?? [])
    for (const [id] of running) {
      const startMs = this.startedAt(id) ?? Date.now()
      const error = toRecordError({ message: hangMessage(silentMs) }, this.cwd)
      const ended = { startMs, endMs: Date.now(), retry: 0, repeat: 0, error }
      this.attempt(id, { ...ended, outcome: 'crashed' })
    }
    // A worker that is busy with a loop has not told which of its tests it is at.
    if (tests.length === 0 && this.#collectsLate) tests.push(...this.#writeMissing())
    for (const file of new Set(tests.map((test) => test.file))) {
      this.write({ kind: 'worker', event: 'hang', atMs: Date.now(), file })
    }
    return tests.length > 0
  }

  #writeMissing(): Missing[] {
    const reported = [...this.#reported].map((key) => ({ key }))
    const started = new Set(this.#started.keys())
    const missing = reconcile(this.#tests.values(), reported, started)
    for (const line of missing) {
      this.write(line)
      this.#reported.add(line.key)
    }
    return missing
  }
}
