/**
 * Where the processes of one run ask for locks. The queue of the machine lies in the registry; the desk
 * remembers who of this run waits, and for how long they may.
 *
 * Whoever gives a lock back learns from the queue whose turn it is: a waiter of the same run is answered
 * at once, another run is woken through its socket. For the case that nobody is left to say it, a desk
 * with waiters looks for itself, ever more seldom, and cleans up after runs that are dead.
 */
import { IsolaneError, printable } from '@isolane/record/worker'
import type { Registry } from '../../registry/registry.ts'
import { lockNames } from '../shared/lock-options.ts'
import { laneWaits } from './lane-waits.ts'
import { blockersText, lockText } from './lock-text.ts'
import type { BlockerRow, Granted, LockAsk, LockQueue } from './lock-queue.ts'
import { wakeRun } from './wake-run.ts'

/** A wait of this length is told to the user, once. */
const noticeMs = 10_000
const shortestLookMs = 50
const longestLookMs = 2_000
/** How seldom a desk asks whether the runs before its own live: costly where a program must be run for it. */
const lifeLookMs = 500
const retryMs = 1_000

export interface LockDeskOptions {
  readonly registry: Registry
  readonly run: string
  /** Shows the user one line: somebody waits long. */
  readonly onMessage?: ((message: string) => void) | undefined
}

/** One request at the desk. */
export interface LockWish extends Omit<LockAsk, 'run'> {
  readonly timeoutMs: number | undefined
  /** Nobody waits for it any more. */
  readonly signal: AbortSignal
}

interface Waiter {
  readonly granted: () => void
  readonly failed: (error: unknown) => void
}

export class LockDesk {
  readonly #options: LockDeskOptions
  readonly #queue: LockQueue
  readonly #waiters = new Map<number, Waiter>()
  /** Tickets of this run that were granted before their waiter was noted. */
  readonly #early = new Set<number>()
  #look: { readonly timer: NodeJS.Timeout; readonly pauseMs: number } | undefined
  #lifeLookedAt = Number.NEGATIVE_INFINITY
  #closed = false
  /** What is known of a lane is recorded before it asks: whoever waits for it reads it there. */
  beforeAsk: (lane: string) => Promise<void> = async () => {}

  constructor(options: LockDeskOptions) {
    this.#options = options
    this.#queue = options.registry.lockQueue
  }

  /**
   * Waits until all names are held, and gives the ticket that gives them back.
   *
   * @throws IsolaneError `ISOLANE_LOCK` when that took too long; the signal's reason.
   */
  async take(wish: LockWish): Promise<number> {
    const { names: wanted, exclusive, lane, pid, pidSpace, signal } = wish
    const names = lockNames(wanted)
    const { run } = this.#options
    if (lane !== undefined) await this.beforeAsk(lane)
    const { ticket, held } = await this.#queue.ask({ run, lane, pid, pidSpace, names, exclusive })
    if (signal.aborted) {
      this.drop(ticket)
      throw signal.reason
    }
    if (!held) await this.#wait(ticket, { ...wish, names })
    return ticket
  }

  /** Gives back what a ticket holds, or takes its place in the queue away. Harmless when it is gone. */
  async give(ticket: number): Promise<void> {
    this.#early.delete(ticket)
    if (!this.#closed) this.#announce(await this.#queue.give(ticket))
  }

  /** Gives back for somebody who is gone: as often as it takes, because everybody else waits for it. */
  drop(ticket: number): void {
    this.give(ticket).catch(() => setTimeout(() => this.drop(ticket), retryMs).unref())
  }

  /** Looks whose turn it is: somebody of another run may have given back what is waited for here. */
  async look(): Promise<void> {
    if (this.#waiters.size === 0 || this.#closed) return
    for (const ticket of await this.#queue.held(this.#options.run)) {
      this.#waiters.get(ticket)?.granted()
    }
  }

  /** For whom a lane waits now, in words: a line for each lock. */
  async waits(lane: string): Promise<string[]> {
    return await laneWaits(this.#queue, lane)
  }

  /** From now on nothing is granted or given back: the end of the run frees what it holds. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#look?.timer)
  }

  async #wait(ticket: number, wish: LockWish): Promise<void> {
    const { timeoutMs, signal } = wish
    const { promise, resolve: granted, reject: failed } = Promise.withResolvers<void>()
    this.#waiters.set(ticket, { granted, failed })
    if (this.#early.delete(ticket)) granted()
    const leave = (): void => {
      this.drop(ticket)
      failed(signal.reason)
    }
    signal.addEventListener('abort', leave, { once: true })
    const notice = setTimeout(() => {
      this.#tell(ticket, wish).catch(() => undefined)
    }, noticeMs).unref()
    const limit =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            this.#expire(ticket, wish, timeoutMs).catch(failed)
          }, timeoutMs).unref()
    this.#lookLater(shortestLookMs)
    try {
      await promise
    } finally {
      this.#waiters.delete(ticket)
      signal.removeEventListener('abort', leave)
      clearTimeout(notice)
      clearTimeout(limit)
    }
  }

  async #expire(ticket: number, { names, exclusive }: LockWish, timeoutMs: number): Promise<void> {
    const withdrawn = await this.#queue.withdraw(ticket)
    if (withdrawn === undefined) {
      this.#waiters.get(ticket)?.granted()
      return
    }
    this.#waiters.get(ticket)?.failed(notGranted(names, exclusive, timeoutMs, withdrawn.blockers))
    this.#announce(withdrawn.granted)
  }

  async #tell(ticket: number, { names, exclusive, lane, pid }: LockWish): Promise<void> {
    const rows = await this.#queue.blockers(ticket)
    if (rows.length === 0 || !this.#waiters.has(ticket)) return
    const waiter = lane === undefined ? `pid ${pid}` : `lane ${printable(lane)} (pid ${pid})`
    this.#options.onMessage?.(
      `${waiter} has waited ${noticeMs / 1000} s for ${lockText(names, exclusive)}: ${blockersText(names, rows)}`,
    )
  }

  #announce(granted: readonly Granted[]): void {
    const { registry, run: own } = this.#options
    const others = new Set<string>()
    for (const { ticket, run } of granted) {
      if (run !== own) others.add(run)
      else if (this.#waiters.has(ticket)) this.#waiters.get(ticket)?.granted()
      else this.#early.add(ticket)
    }
    for (const run of others) void wakeRun(registry.dir, run)
  }

  #lookLater(pauseMs: number): void {
    if (this.#waiters.size === 0 || this.#closed) return
    // A new waiter may bring the next look forward, and never puts it off.
    if (this.#look !== undefined && this.#look.pauseMs <= pauseMs) return
    clearTimeout(this.#look?.timer)
    const timer = setTimeout(() => {
      this.#look = undefined
      this.#lookAround()
        .catch(() => undefined)
        .finally(() => this.#lookLater(Math.min(pauseMs * 2, longestLookMs)))
    }, pauseMs).unref()
    this.#look = { timer, pauseMs }
  }

  async #lookAround(): Promise<void> {
    const { registry, run } = this.#options
    this.#announce(await this.#queue.settle())
    await this.look()
    if (performance.now() - this.#lifeLookedAt < lifeLookMs) return
    this.#lifeLookedAt = performance.now()
    for (const other of await this.#queue.runsBefore(run)) {
      // What a dead run held is free once its processes have ended, and not before.
      if (!(await registry.runLives(other))) await registry.endRun(other)
    }
  }
}

function notGranted(
  names: readonly string[],
  exclusive: boolean,
  timeoutMs: number,
  rows: readonly BlockerRow[],
): IsolaneError {
  const [first = '', ...rest] = lockText(names, exclusive)
  return new IsolaneError('ISOLANE_LOCK', {
    message: `${first.toUpperCase()}${rest.join('')} not granted within ${timeoutMs} ms: ${blockersText(names, rows)}.`,
    hint: 'raise timeoutMs, or do less while the lock is held.',
    details: {
      names: [...names],
      mode: exclusive ? 'exclusive' : 'shared',
      timeoutMs,
      blockers: [...rows],
    },
  })
}
