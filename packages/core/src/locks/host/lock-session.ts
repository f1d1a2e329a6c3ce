import { IsolaneError } from '@isolane/record/worker'
import type { LockRequest } from '../../shared/protocol.ts'
import type { LockDesk } from './lock-desk.ts'

interface Held {
  readonly gone: AbortController
  ticket: number | undefined
}

/** The locks of one connection. When it closes, they are free. */
export class LockSession {
  readonly #desk: LockDesk
  readonly #held = new Map<number, Held>()

  constructor(desk: LockDesk) {
    this.#desk = desk
  }

  /** Resolves when the names are held. */
  async take(request: LockRequest): Promise<void> {
    const { key, names, mode, timeoutMs, lane, pid, pidSpace } = request
    if (this.#held.has(key)) throw new Error(`Key ${key} of a lock was used twice.`)
    const held: Held = { gone: new AbortController(), ticket: undefined }
    this.#held.set(key, held)
    const { signal } = held.gone
    const exclusive = mode !== 'shared'
    try {
      held.ticket = await this.#desk.take({
        names,
        exclusive,
        lane,
        pid,
        pidSpace,
        timeoutMs,
        signal,
      })
    } catch (error) {
      this.#held.delete(key)
      throw error
    }
    // Given up in the moment in which it was granted.
    if (signal.aborted) this.#desk.drop(held.ticket)
  }

  /** Gives back what was taken with `key`, or no longer waits for it. */
  async give(key: number): Promise<void> {
    const held = this.#held.get(key)
    this.#held.delete(key)
    if (held !== undefined) await this.#give(held)
  }

  closed(): void {
    for (const { gone, ticket } of this.#held.values()) {
      if (ticket === undefined) gone.abort(notWaitedFor())
      else this.#desk.drop(ticket)
    }
    this.#held.clear()
  }

  async #give({ gone, ticket }: Held): Promise<void> {
    if (ticket === undefined) gone.abort(notWaitedFor())
    else await this.#desk.give(ticket)
  }
}

function notWaitedFor(): IsolaneError {
  return new IsolaneError('ISOLANE_LOCK', { message: 'Nobody waits for this lock any more.' })
}
