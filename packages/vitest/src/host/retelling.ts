import type { WorkerRequest } from 'vitest/node'

interface Task {
  readonly id: string
  readonly tasks?: readonly Task[]
}

interface File extends Task {
  readonly filepath: string
}

interface Result {
  readonly state?: string
}

type Pack = readonly [id: string, result: Result | undefined, meta: unknown]
type TaskEvent = readonly [id: string, event: string, data: unknown]

/** A call of a worker, as Vitest's channel carries it (birpc); without `i` it wants no answer. */
interface Call {
  readonly t: 'q'
  readonly m: string
  readonly a: readonly unknown[]
  readonly i?: string
}

/**
 * What Vitest has heard of the tests of one run. A worker that goes on for another one tells of the same tests: what had
 * ended before keeps its result.
 */
export class Retelling {
  readonly #collected = new Set<string>()
  readonly #parents = new Map<string, string>()
  readonly #ended = new Map<string, string>()
  readonly #heard = new Set<string>()
  #endedBefore: ReadonlyMap<string, string> = new Map()
  #heardBefore: ReadonlySet<string> = new Set()

  /** A new run begins: what its worker tells is told for the first time. */
  begin(): void {
    this.#collected.clear()
    this.#parents.clear()
    this.#ended.clear()
    this.#heard.clear()
    this.again()
  }

  /** From now on another worker tells. */
  again(): void {
    this.#endedBefore = new Map(this.#ended)
    this.#heardBefore = new Set(this.#heard)
  }

  /**
   * Gives what of a message Vitest shall hear; undefined when nothing. A call it shall not hear is answered at once.
   */
  hear(message: unknown, answer: (message: WorkerRequest) => void): unknown {
    if (!isCall(message)) return message
    const news = this.#newsOf(message)
    if (news === undefined && message.i !== undefined) {
      answer({ t: 's', i: message.i, r: undefined } as unknown as WorkerRequest)
    }
    return news
  }

  #newsOf(call: Call): Call | undefined {
    if (call.m === 'onQueued') {
      return this.#collected.has((call.a[0] as File).filepath) ? undefined : call
    }
    if (call.m === 'onCollected') {
      const files = call.a[0] as readonly File[]
      const fresh = files.filter(({ filepath }) => !this.#collected.has(filepath))
      for (const file of fresh) this.#collect(file)
      return fresh.length === 0 ? undefined : { ...call, a: [fresh, ...call.a.slice(1)] }
    }
    if (call.m !== 'onTaskUpdate') return call
    const [packs, events] = call.a as [readonly Pack[], readonly TaskEvent[]]
    for (const [id, result] of packs) {
      const state = result?.state
      if (state === 'fail' || (state !== undefined && events.some(isEndOf(id)))) {
        if (!this.#endedBefore.has(id)) this.#ended.set(id, state)
      }
    }
    const told = events.filter(([id, event]) => {
      const key = `${event} ${id}`
      this.#heard.add(key)
      return !this.#endedBefore.has(id) && !this.#heardBefore.has(key)
    })
    const changed = packs
      .filter(([id]) => !this.#endedBefore.has(id))
      .map((pack) => this.#withEarlierFailures(pack))
    return { ...call, a: [changed, told] }
  }

  #collect(file: File): void {
    this.#collected.add(file.filepath)
    const visit = (task: Task): void => {
      for (const child of task.tasks ?? []) {
        this.#parents.set(child.id, task.id)
        visit(child)
      }
    }
    visit(file)
  }

  // A suite has failed when one of its tests has, whichever worker ran it.
  #withEarlierFailures([id, result, meta]: Pack): Pack {
    if (result?.state !== 'pass') return [id, result, meta]
    const failed = [...this.#endedBefore].some(([test, state]) => {
      return state === 'fail' && this.#isAbove(id, test)
    })
    return [id, failed ? { ...result, state: 'fail' } : result, meta]
  }

  #isAbove(suite: string, test: string): boolean {
    for (let at = this.#parents.get(test); at !== undefined; at = this.#parents.get(at)) {
      if (at === suite) return true
    }
    return false
  }
}

function isCall(message: unknown): message is Call {
  return Reflect.get(Object(message), 't') === 'q'
}

function isEndOf(id: string): (event: TaskEvent) => boolean {
  return ([of, event]) => of === id && event === 'test-finished'
}
