/**
 * The lanes of one run and who waits for them.
 *
 * Invariants: a lane is held by one worker at most; it is handed out in state `ready` only; while lanes are in
 * use, the spares are ready or being made, as far as the limit allows. Every decision is taken
 * synchronously in `#pump`; the work it starts reports back and pumps again.
 */
import { availableParallelism } from 'node:os'
import { IsolaneError } from '@isolane/record/worker'
import { settleAll } from '../shared/settle-all.ts'
import type { Lane } from './lane.ts'
import type { Lease } from './leases.ts'

/** Who asks for a lane. */
export interface Holder {
  /** Slot of the worker, 1..maxWorkers; 0 when it is not known yet. */
  readonly slot: number
  /** Process id of the worker; 0 while it is not started. */
  readonly pid: number
}

/** What a stock needs of its host. */
export interface LaneStockOptions {
  /** The most lanes at once. */
  readonly limit: number
  /** Lanes kept ready beyond those in use. */
  readonly spares: number
  /** How often a lane will be taken; `Infinity` when nobody knows. */
  readonly expected: number
  /** A lane that is yet to be made. Numbers rise from 1. */
  readonly plan: (number: number) => Lane
  /** A lane has come into another state, or is gone. */
  readonly onChange: (lane: Lane) => void
  /** A lane could not be closed cleanly. */
  readonly onLeft: (lane: Lane, error: unknown) => void
  /** A lane could not be reset, and is replaced. */
  readonly onReplaced: (lane: Lane, reason: string) => void
  /** No further lane can be made; `lanes` go on. */
  readonly onShort: (lanes: number, error: unknown) => void
}

/**
 * What becomes of a lane that is given back: it is reset in place, or with new files where a resource has them, or
 * replaced, or handed on as it is.
 */
export type GiveBack = 'reset' | 'fresh' | 'discard' | 'keep'

interface Waiter extends Holder {
  readonly resolve: (lane: Lane) => void
  readonly reject: (error: unknown) => void
}

export class LaneStock {
  readonly #options: LaneStockOptions
  readonly #lanes = new Map<string, Lane>()
  readonly #waiters: Waiter[] = []
  readonly #work = new Set<Promise<void>>()
  #expected: number
  #made = 0
  #everReady = false
  /** Lanes made until then, when the last attempt failed: whoever fails after it failed twice in a row. */
  #missedAt: number | undefined
  #failure: { readonly lane: number; readonly error: unknown } | undefined
  #closed = false

  constructor(options: LaneStockOptions) {
    this.#options = options
    this.#expected = options.expected
  }

  /** What its lanes hold of the machine. */
  get leases(): readonly Lease[] {
    return [...this.#lanes.values()].flatMap((lane) => lane.leases)
  }

  /** Makes the first lane, and throws what keeps it from being made. */
  async fill(): Promise<void> {
    this.#pump()
    const [first] = this.#work
    await first
    // Lanes are made side by side: with all of them known, the same mistake gives the same message every time.
    if (this.#failure !== undefined) await Promise.allSettled(this.#work)
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Tells how often a lane will be taken from now on: no spare is made beyond that. */
  expect(lanes: number): void {
    this.#expected = lanes
    this.#pump()
  }

  async take(holder: Holder, signal?: AbortSignal): Promise<Lane> {
    signal?.throwIfAborted()
    this.#expected -= 1
    const { promise, resolve, reject } = Promise.withResolvers<Lane>()
    const waiter: Waiter = { ...holder, resolve, reject }
    const leave = (): void => {
      const at = this.#waiters.indexOf(waiter)
      if (at === -1) return
      this.#waiters.splice(at, 1)
      reject(signal?.reason)
    }
    // A signal of our own: many wait with the same one, and Node warns of more than ten listeners.
    const own = signal === undefined ? undefined : AbortSignal.any([signal])
    own?.addEventListener('abort', leave)
    this.#waiters.push(waiter)
    this.#pump()
    try {
      return await promise
    } finally {
      own?.removeEventListener('abort', leave)
    }
  }

  /** Takes a lane back. Harmless when nobody holds it. */
  giveBack(id: string, how: GiveBack): void {
    const lane = this.#lanes.get(id)
    if (lane?.state !== 'leased' || this.#closed) return
    this.#change(lane, 'dirty')
    if (how === 'keep') this.#change(lane, 'ready')
    else this.#start(how === 'discard' ? this.#remove(lane) : this.#restore(lane, how === 'fresh'))
    this.#pump()
  }

  /**
   * @throws IsolaneError `ISOLANE_LANE` when nobody holds the lane.
   */
  held(id: string): Lane {
    const lane = this.#lanes.get(id)
    if (lane?.state === 'leased') return lane
    throw new IsolaneError('ISOLANE_LANE', {
      message: `Lane ${id} is not leased (${lane?.state ?? 'closed'}).`,
      hint: 'a worker may only ask for the lane it holds.',
      details: { lane: id },
    })
  }

  /** Refuses those who wait; from now on no lane is made, handed out or reset. */
  refuse(reason: Error): void {
    this.#closed = true
    for (const waiter of this.#waiters.splice(0)) waiter.reject(reason)
  }

  /** Closes every lane, after `refuse`. Collects errors and throws all. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#work)
    const closing = [...this.#lanes.values()].map((lane) => lane.close())
    await Promise.allSettled(closing)
    await settleAll(
      'Not every lane closed cleanly',
      closing.map((one) => () => one),
    )
  }

  #pump(): void {
    if (this.#closed) return
    // 1. Ready lanes go to those who wait, first come, first served.
    for (const lane of this.#lanes.values()) {
      if (lane.state !== 'ready') continue
      const waiter = this.#waiters.shift()
      if (waiter === undefined) break
      lane.slot = waiter.slot
      lane.pid = waiter.pid
      this.#change(lane, 'leased')
      waiter.resolve(lane)
    }
    // 2. A failure that nothing under way can make good reaches those who wait. A lane that is being closed can: it gives
    // back what it held.
    const coming = this.#count('making') + this.#count('resetting') + this.#count('dirty')
    if (this.#failure !== undefined) {
      if (coming + this.#count('leased') + this.#count('closed') > 0) return
      for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#failure.error)
      return
    }
    // 3. Lanes are made for who waits now, as many at once as there are cores, and then, one by one, for who comes
    // next: spares must not compete with tests. The first is made in any case: it shows what is broken.
    const spares = Math.max(
      Math.min(this.#options.spares, Math.max(0, this.#expected)),
      this.#everReady ? 0 : 1,
    )
    let missing = this.#waiters.length + spares - coming - this.#count('ready')
    while (
      missing > 0 &&
      this.#lanes.size < this.#options.limit &&
      this.#count('making') < (this.#waiters.length > 0 ? availableParallelism() : 1)
    ) {
      this.#start(this.#make())
      missing -= 1
    }
  }

  async #make(): Promise<void> {
    const number = ++this.#made
    const lane = this.#options.plan(number)
    this.#lanes.set(lane.id, lane)
    this.#options.onChange(lane)
    try {
      await lane.make()
      this.#everReady = true
      this.#missedAt = undefined
      this.#change(lane, 'ready')
    } catch (error) {
      this.#forget(lane)
      // After a lane that worked, one failure may be the machine's; two in a row are not.
      if (!this.#everReady) this.#fail(number, error)
      else if (this.#missedAt === undefined) this.#missedAt = this.#made
      else if (number > this.#missedAt) this.#short(number, error)
    }
  }

  async #restore(lane: Lane, fresh: boolean): Promise<void> {
    this.#change(lane, 'resetting')
    const outcome = await lane.reset({ fresh })
    if (lane.state !== 'resetting') return
    if (outcome.ok) this.#change(lane, 'ready')
    else {
      // At the end of a run what is under way is given up.
      if (!this.#closed) this.#options.onReplaced(lane, outcome.reason)
      await this.#remove(lane)
    }
  }

  async #remove(lane: Lane): Promise<void> {
    const closing = lane.close()
    // Its successor may be made meanwhile.
    this.#pump()
    try {
      await closing
    } catch (error) {
      this.#options.onLeft(lane, error)
    } finally {
      this.#forget(lane)
      // What it held is free now: perhaps just what the next lane lacked.
      this.#missedAt = undefined
      this.#failure = undefined
    }
  }

  #start(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.#fail(Infinity, error))
      .finally(() => {
        this.#work.delete(tracked)
        this.#pump()
      })
    this.#work.add(tracked)
  }

  #fail(lane: number, error: unknown): void {
    if (this.#failure === undefined || lane < this.#failure.lane) this.#failure = { lane, error }
  }

  #short(number: number, error: unknown): void {
    const left = this.#lanes.size - this.#count('making') - this.#count('closed')
    if (this.#failure === undefined && !this.#closed && left > 0) this.#options.onShort(left, error)
    this.#fail(number, error)
  }

  #change(lane: Lane, state: Lane['state']): void {
    lane.state = state
    lane.since = new Date().toISOString()
    lane.test = lane.testSince = undefined
    if (state !== 'leased') lane.slot = lane.pid = 0
    this.#options.onChange(lane)
  }

  #forget(lane: Lane): void {
    this.#lanes.delete(lane.id)
    lane.state = 'closed'
    this.#options.onChange(lane)
  }

  #count(state: Lane['state']): number {
    let count = 0
    for (const lane of this.#lanes.values()) if (lane.state === state) count += 1
    return count
  }
}
