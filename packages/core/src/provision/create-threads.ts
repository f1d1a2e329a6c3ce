import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { IsolaneError } from '@isolane/record/worker'
import { Tinypool } from 'tinypool'
import { reviveError } from './thread-error.ts'
import type { ThreadAnswer, ThreadTask } from './thread-entry.ts'
import type { Threads } from './threads.ts'

/** Options of {@link createThreads}. */
export interface CreateThreadsOptions {
  /** The most threads at once. Default: the number of cores, at least 2 and at most 4. */
  threads?: number
}

const longestIdleMs = 2 ** 31 - 1
const closeLimitMs = 2_000

/**
 * Makes a pool of threads. No thread starts before the first `run`; idle threads stay for the next piece of work and
 * do not keep the process alive. `close` ends all of them, busy ones too, and returns within two seconds even when a
 * thread sits in a native call that cannot be interrupted. Work that was cut short rejects with `ISOLANE_INTERNAL`.
 */
export function createThreads(options: CreateThreadsOptions = {}): Threads & {
  close(): Promise<void>
} {
  return new ThreadPool(options.threads ?? Math.min(4, Math.max(2, availableParallelism())))
}

class ThreadPool implements Threads {
  readonly #threads: number
  #pool: Tinypool | undefined
  #closed = false

  constructor(threads: number) {
    this.#threads = threads
  }

  async run<Result>(
    module: URL,
    name: string,
    argument: unknown,
    signal?: AbortSignal,
  ): Promise<Result> {
    signal?.throwIfAborted()
    if (this.#closed) throw closedError(module, name)
    this.#pool ??= startPool(this.#threads)
    const task: ThreadTask = { module: module.href, name, argument }
    let answer: ThreadAnswer
    try {
      answer = (await this.#pool.run(task, signal === undefined ? {} : { signal })) as ThreadAnswer
    } catch (thrown) {
      signal?.throwIfAborted()
      if (this.#closed) throw closedError(module, name, thrown)
      throw thrown
    }
    if ('error' in answer) throw reviveError(answer.error)
    return answer.result as Result
  }

  async close(): Promise<void> {
    this.#closed = true
    const pool = this.#pool
    this.#pool = undefined
    if (pool === undefined) return
    // A thread inside a native call ends only when the call returns: do not wait for it longer than the limit.
    const limit = new AbortController()
    await Promise.race([
      pool.destroy(),
      delay(closeLimitMs, undefined, { ref: false, signal: limit.signal }).catch(() => {}),
    ])
    limit.abort()
  }
}

function startPool(threads: number): Tinypool {
  const pool = new Tinypool({
    filename: fileURLToPath(new URL('./thread-entry.js', import.meta.url)),
    runtime: 'worker_threads',
    // At least one thread: when an aborted thread is thrown away, Tinypool refills only up to this number, and
    // queued work would wait for ever with none left.
    minThreads: 1,
    maxThreads: threads,
    idleTimeout: longestIdleMs,
  })
  // A thread that ends with an error outside any work is replaced by Tinypool; without a listener it would end the process.
  pool.on('error', () => {})
  return pool
}

function closedError(module: URL, name: string, cause?: unknown): IsolaneError {
  const file = module.pathname.split('/').at(-1) ?? module.href
  return new IsolaneError('ISOLANE_INTERNAL', {
    message: `The threads were closed before ${name}() of ${file} had finished.`,
    details: { module: module.href, name },
    cause,
  })
}
