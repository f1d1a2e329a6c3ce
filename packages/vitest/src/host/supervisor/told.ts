/**
 * What Vitest has been told of the files of one `run` message. When a file runs again in a new process, its tests
 * report themselves again: whatever Vitest knows already is kept from it, so that its reporters hear of each test once.
 */
import type { NotedResult } from '../../shared/progress.ts'
import { brokenOff } from './broken-off.ts'
import { testsOf } from './calls.ts'
import type { ChannelMessage, FileTask, Pack, Task, TaskError, TaskEvent } from './calls.ts'

/** A call goes on to Vitest, changed or not, or is answered here. */
export type Hearing =
  | { readonly forward: ChannelMessage }
  | { readonly forward: undefined; readonly answer: unknown }

type Call = ChannelMessage & { readonly t: 'q' }

export class Told {
  readonly #files = new Map<string, FileTask>()
  readonly #collected = new Map<string, string>()
  /** Suites by their ids, files among them. */
  readonly #suites = new Map<string, Task>()
  readonly #done = new Set<string>()
  /** Events of tasks: those of this process, and those of processes before it. */
  readonly #heard = new Set<string>()
  #before: ReadonlySet<string> = new Set()
  /** State in which each test ended that has ended. */
  readonly #ended = new Map<string, string>()
  #endedBefore: ReadonlyMap<string, string> = new Map()
  readonly #crashed = new Map<string, readonly string[]>()

  /** From now on another process tells. */
  again(): void {
    this.#before = new Set(this.#heard)
    this.#endedBefore = new Map(this.#ended)
  }

  /** Files whose end has been told. */
  isDone(file: string): boolean {
    return this.#done.has(file)
  }

  /** Marks tasks in Vitest's own result: with their next results goes how the worker died. */
  crashed(ids: readonly string[], how: string): void {
    for (const id of ids) this.#crashed.set(id, [...(this.#crashed.get(id) ?? []), how])
  }

  /** The id of a file, once it is known. */
  idOf(file: string): string | undefined {
    return this.#files.get(file)?.id
  }

  hear(call: Call): Hearing {
    const dropped = { forward: undefined, answer: undefined }
    switch (call.m) {
      case 'onQueued': {
        const file = call.a[0] as FileTask
        if (this.#files.has(file.filepath)) return dropped
        this.#files.set(file.filepath, file)
        return { forward: call }
      }
      case 'onCollected': {
        const files = (call.a[0] as readonly FileTask[]).filter((file) => this.#isNew(file))
        return files.length === 0 ? dropped : { forward: { ...call, a: [files] } }
      }
      case 'onTaskUpdate': {
        const [packs, events] = call.a as [readonly Pack[], readonly TaskEvent[]]
        const news = this.#update(packs, events)
        return news === undefined ? dropped : { forward: { ...call, a: news } }
      }
      case 'onTaskArtifactRecord':
      case 'onTestBenchmark': {
        const [id, what] = call.a as [string, unknown]
        return this.#endedBefore.has(id) ? { ...dropped, answer: what } : { forward: call }
      }
      default:
        return { forward: call }
    }
  }

  /** What a process that was ended had not told of tests that have ended; undefined when there is nothing. */
  heldBack(results: ReadonlyMap<string, NotedResult>): Call | undefined {
    const tests = [...this.#files.values()].flatMap(testsOf)
    const packs = tests.flatMap(({ id, meta }): Pack[] => {
      const result = this.#ended.has(id) ? undefined : results.get(id)
      return result === undefined ? [] : [[id, result, this.#metaOf(id, meta)]]
    })
    const events = packs.flatMap(([id]) =>
      ['test-prepare', 'test-finished']
        .filter((name) => !this.#heard.has(`${name} ${id}`))
        .map((name): TaskEvent => [id, name, undefined]),
    )
    if (packs.length === 0) return undefined
    this.#update(packs, events)
    return { t: 'q', m: 'onTaskUpdate', a: [packs, events] }
  }

  /**
   * What is told of a file that does not run again: the tests that ran fail with `error`, without any the file itself;
   * those that had ended keep their result, also when its worker had held it back (`results`), the others did not run.
   */
  broken(
    file: string,
    ids: readonly string[],
    error: TaskError,
    results: ReadonlyMap<string, NotedResult>,
    placeholder: FileTask | undefined,
  ): readonly Call[] {
    const task = this.#files.get(file) ?? placeholder
    this.#done.add(file)
    return task === undefined
      ? []
      : brokenOff(task, {
          ids,
          error,
          results,
          collected: this.#collected.has(file),
          queued: this.#files.has(file),
          heard: (id, event) => this.#heard.has(`${event} ${id}`),
          ended: this.#ended,
          meta: (one) => this.#metaOf(one.id, one.meta),
        })
  }

  // Found to be the same as in the process before, it is not told again: that would throw results away.
  #isNew(file: FileTask): boolean {
    const shape = idsOf(file).join()
    if (this.#collected.get(file.filepath) === shape) return false
    this.#files.set(file.filepath, file)
    this.#collected.set(file.filepath, shape)
    for (const suite of suitesOf(file)) this.#suites.set(suite.id, suite)
    return true
  }

  #update(
    packs: readonly Pack[],
    events: readonly TaskEvent[],
  ): [readonly Pack[], readonly TaskEvent[]] | undefined {
    const states = new Map(packs.map(([id, result]) => [id, result?.state]))
    const news = events.filter(([id, event]) => {
      const state = states.get(id)
      this.#heard.add(`${event} ${id}`)
      if (event === 'test-finished' && state !== undefined) this.#ended.set(id, state)
      if (event === 'suite-finished' || event === 'suite-failed-early') this.#finish(id)
      const before = this.#endedBefore.get(id)
      if (before === undefined) return !this.#before.has(`${event} ${id}`)
      // One that is not run again has no result there.
      return event === 'test-finished' && state !== undefined && state !== before
    })
    const changed = packs
      .filter(
        ([id]) => !this.#endedBefore.has(id) || this.#ended.get(id) !== this.#endedBefore.get(id),
      )
      .map(([id, result, meta]): Pack => [
        id,
        result?.state === 'pass' && this.#failedBelow(id) ? { ...result, state: 'fail' } : result,
        this.#metaOf(id, meta),
      ])
    return changed.length === 0 && news.length === 0 ? undefined : [changed, news]
  }

  // A suite has failed when one of its tests has, whichever process ran it.
  #failedBelow(id: string): boolean {
    const suite = this.#suites.get(id)
    return suite !== undefined && testsOf(suite).some((test) => this.#ended.get(test.id) === 'fail')
  }

  #finish(id: string): void {
    for (const [path, file] of this.#files) if (file.id === id) this.#done.add(path)
  }

  #metaOf(id: string, meta: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const crashes = this.#crashed.get(id)
    return crashes === undefined ? meta : { ...meta, isolaneCrashes: crashes }
  }
}

function idsOf({ id, tasks = [] }: Task): readonly string[] {
  return [id, ...tasks.flatMap(idsOf)]
}

function suitesOf(task: Task): readonly Task[] {
  return task.type === 'suite' ? [task, ...(task.tasks ?? []).flatMap(suitesOf)] : []
}
