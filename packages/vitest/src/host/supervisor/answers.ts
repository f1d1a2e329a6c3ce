import type { ChannelMessage } from './calls.ts'

/** Calls that the pool makes in Vitest's main process in the name of a worker that is dead. */
export class Answers {
  readonly #deliver: (message: ChannelMessage) => void
  readonly #waiting = new Map<string, () => void>()
  #calls = 0

  constructor(deliver: (message: ChannelMessage) => void) {
    this.#deliver = deliver
  }

  /** Calls, and waits until Vitest has done what it does then. */
  async to(call: ChannelMessage & { readonly t: 'q' }): Promise<void> {
    this.#calls += 1
    const i = `isolane-${this.#calls}`
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.set(i, resolve)
    this.#deliver({ ...call, i })
    await promise
  }

  /** Takes an answer; false when it is one for the worker. */
  settle(message: ChannelMessage): boolean {
    const resolve = message.t === 's' ? this.#waiting.get(message.i) : undefined
    if (resolve === undefined || message.t !== 's') return false
    this.#waiting.delete(message.i)
    resolve()
    return true
  }
}
