import type { CurrentLane, Lock, LockOptions, Resources } from '@isolane/core'
import { host } from './host.ts'

/** A lane whose `lock` waits no longer than its test may. */
export class LockingLane<R extends Resources> {
  readonly lane: CurrentLane<R>
  readonly #signal: AbortSignal
  /** For whom it waited when its test was ended, as far as the host could say it. */
  readonly #waited: Promise<readonly string[]>[] = []

  constructor(lane: CurrentLane<R>, signal: AbortSignal) {
    this.#signal = signal
    const lock = (
      names: string | readonly string[],
      workOrOptions?: unknown,
      options?: LockOptions,
    ): Promise<unknown> =>
      // Synchronous up to here: the lock remembers in whose context it was asked for.
      typeof workOrOptions === 'function'
        ? this.#until(lane.id, options, (own) => lane.lock(names, workOrOptions as () => void, own))
        : this.#until(lane.id, workOrOptions as LockOptions, (own) => lane.lock(names, own))
    const properties = Object.getOwnPropertyDescriptors(lane)
    this.lane = Object.defineProperties({} as CurrentLane<R>, {
      ...properties,
      lock: { enumerable: true, value: lock as Lock },
    })
  }

  /** Lines that say for whom the test waited when it was ended. */
  async waited(): Promise<string[]> {
    const lines = await Promise.all(this.#waited)
    return [...new Set(lines.flat())]
  }

  #until<T>(
    lane: string,
    options: LockOptions | undefined,
    take: (options: LockOptions | undefined) => Promise<T>,
  ): Promise<T> {
    const { signal: own } = options ?? {}
    // What is wrong with them is told by whoever takes them.
    if (typeof (options ?? {}) !== 'object' || (own !== undefined && !(own instanceof AbortSignal)))
      return take(options)
    const end = new AbortController()
    const leave = (): void => {
      const waited = waitsOf(lane)
      this.#waited.push(waited)
      void waited.finally(() => end.abort(this.#signal.reason))
    }
    this.#signal.addEventListener('abort', leave, { once: true })
    if (this.#signal.aborted) end.abort(this.#signal.reason)
    const signal = own === undefined ? end.signal : AbortSignal.any([own, end.signal])
    const taken = take({ ...options, signal })
    const forget = (): void => this.#signal.removeEventListener('abort', leave)
    taken.then(forget, forget)
    return taken
  }
}

async function waitsOf(lane: string): Promise<readonly string[]> {
  try {
    return await (await host()).request({ type: 'waits', lane })
  } catch {
    return []
  }
}
