import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { keyPath, reconcile, recordFormat, RecordWriter, TestKeys } from '@isolane/record/reporter'
import type { Attempt, Collected, End, RecordError, RecordLine } from '@isolane/record'

/** What a reporter knows of its run when it starts. */
export interface RunFacts {
  readonly runner: { readonly name: string; readonly version: string }
  readonly workers?: number | undefined
  readonly seed?: number | undefined
}

/** A test as a reporter meets it: the file is absolute. */
export interface FoundTest {
  readonly project: string
  readonly file: string
  readonly line?: number | undefined
  readonly titlePath: readonly string[]
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
    const key = this.keyOf(id)
    if (key !== undefined) this.#started.set(key, Date.now())
  }

  /** Writes one attempt of a collected test. */
  attempt(id: Id, ended: Ended): void {
    const test = this.#tests.get(id)
    if (test === undefined) return
    this.#reported.add(test.key)
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
    this.#pending.push(line)
    if (this.#pending.length === 1) setImmediate(this.#flush).unref()
  }

  /** Ends the record: what was collected but not reported becomes `missing`. */
  end(status: End['status']): void {
    if (status !== 'interrupted') this.#writeMissing()
    this.write({ kind: 'end', status, endedAt: new Date().toISOString() })
    this.#flush()
    this.#writer.close()
    process.off('exit', this.#flush)
  }

  #writeMissing(): void {
    const reported = [...this.#reported].map((key) => ({ key }))
    const started = new Set(this.#started.keys())
    for (const line of reconcile(this.#tests.values(), reported, started)) this.write(line)
  }
}

// Reads HEAD without starting git: a reporter must cost nothing.
function gitCommit(from: string): string | undefined {
  for (let dir = from; ; dir = dirname(dir)) {
    const git = readText(join(dir, '.git', 'HEAD'))
    if (git !== undefined) {
      const ref = /^ref: (.+)$/m.exec(git)?.[1]
      if (ref === undefined) return git.trim()
      const loose = readText(resolve(dir, '.git', ref))?.trim()
      if (loose !== undefined) return loose
      const packed = readText(join(dir, '.git', 'packed-refs'))
      return packed
        ?.split('\n')
        .find((line) => line.endsWith(` ${ref}`))
        ?.slice(0, 40)
    }
    if (dirname(dir) === dir) return undefined
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
