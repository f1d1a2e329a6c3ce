/**
 * One worker process at work for Vitest: from the moment it is told to start until it has ended, however it ended.
 *
 *     starting -> idle -> running -> idle … -> stopping        any state -> over
 */
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { WorkerRequest } from 'vitest/node'
import { isPing } from '../../shared/messages.ts'
import type { Ping } from '../../shared/messages.ts'
import { readProgress, readResults } from '../../shared/progress.ts'
import type { NotedResult, Progress } from '../../shared/progress.ts'
import type { Seat } from '../spares.ts'
import { isChannelMessage } from './calls.ts'
import type { ChannelMessage } from './calls.ts'
import { endWorker } from './end-worker.ts'
import { Watch } from './watch.ts'

/** Whether a process came to its start: with an error that it told, or the way it ended, when it did not. */
export type Started =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: unknown; readonly end?: undefined }
  | { readonly ok: false; readonly end: DutyEnd }

export type DutyState = 'starting' | 'idle' | 'running' | 'stopping'

/** How the process of a duty ended. */
export interface DutyEnd {
  /** What it was doing. */
  readonly state: DutyState
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly progress: Progress | undefined
  readonly results: ReadonlyMap<string, NotedResult>
  /** It was ended because it made no progress. */
  readonly hung: boolean
}

export interface Silence {
  readonly state: DutyState
  readonly forMs: number
  readonly ownMs: number
  readonly progress: Progress | undefined
  /** It was reported before, and has made no progress since. */
  readonly again: boolean
  /** Its event loop turns. */
  readonly listens: boolean
  /** Calls to the main process that have no answer yet. */
  readonly asked: readonly string[]
}

/** What is to be done with a worker that makes no progress. */
export interface Judgement {
  /** Whether it is to be ended. */
  readonly ends: boolean
  /** Whether its event loop turns, by its answer or by what it was seen to do. */
  readonly turns: boolean
}

export interface DutyOptions {
  /** Undefined when nothing counts as a hang. */
  readonly afterMs: number | undefined
  readonly teardownMs: number
  readonly onMessage: (message: unknown) => void
  /** What it was at when it was looked at last. */
  readonly onLook: (progress: Progress) => void
  /** It has made no progress for too long. */
  readonly onSilence: (silence: Silence) => Promise<Judgement>
  /** Called once, when all of its messages have been read. */
  readonly onEnd: (end: DutyEnd) => void
}

/** How much longer than Vitest's `teardownTimeout` a teardown may take where hangs are not looked for. */
const KILL_AFTER_MS = 1_000

/** How long messages of a dead process may take to be read. */
const DRAIN_MS = 200

export class Duty {
  readonly seat: Seat
  readonly #options: DutyOptions
  readonly #watch: Watch | undefined
  readonly #asked = new Map<string, string>()
  readonly #disconnected: Promise<void>
  readonly #started = Promise.withResolvers<Started>()
  #state: DutyState = 'starting'
  #stopped = false
  /** `stop` was called. */
  #dismissed = false
  /** Somebody looks at it because it makes no progress. */
  #silent = false
  #hung = false
  /** Whether it has answered when it was asked last. */
  #listens = false
  #over = false

  constructor(seat: Seat, options: DutyOptions) {
    this.seat = seat
    this.#options = options
    const { child, exited, progress } = seat.process
    const { afterMs, onLook } = options
    this.#disconnected = child.connected
      ? once(child, 'disconnect').then(() => undefined)
      : Promise.resolve()
    child.on('message', (message: unknown) => this.#hear(message))
    // A failed write means that the process is ending: its exit says how.
    child.on('error', () => undefined)
    if (afterMs !== undefined) {
      this.#watch = new Watch({
        afterMs,
        progress,
        pid: () => child.pid,
        isAsking: () => this.#asked.size > 0,
        onLook,
        onDoubt: () => {
          this.#listens = false
          this.#post({ isolane: 'ping' } satisfies Ping)
        },
        onSilence: (silence) => void this.#onSilence(silence),
      })
    }
    void exited.then(async () => await this.#exited())
  }

  get state(): DutyState {
    return this.#state
  }

  /** Settles when it has started, or will not. */
  get started(): Promise<Started> {
    return this.#started.promise
  }

  /** Whether it has told that its teardown is done, or was stopped from here: nobody wonders at its end. */
  get hasStopped(): boolean {
    return this.#stopped || this.#dismissed
  }

  get isOver(): boolean {
    return this.#over
  }

  send(message: WorkerRequest | ChannelMessage): void {
    if ('type' in message) {
      if (message.type === 'start') {
        this.seat.process.slot = message.poolId
        this.#watch?.begin({ starting: true, ownMs: 0 })
      } else if (message.type === 'run') {
        this.#state = 'running'
        this.#watch?.begin()
      } else if (message.type === 'stop') {
        this.#state = 'stopping'
        this.#watch?.begin({ ownMs: this.#options.teardownMs })
        if (this.#watch === undefined) this.#killLater()
      }
    } else if (message.t === 's' && this.#asked.delete(message.i)) this.#watch?.touch()
    this.#post(message)
  }

  /** Ends the process and waits until it has exited. */
  async stop(): Promise<void> {
    this.#state = 'stopping'
    this.#dismissed = true
    this.#watch?.end()
    await this.seat.process.stop()
  }

  // Vitest gives a worker up that does not answer `stop` within 60 s, and leaves it alive.
  #killLater(): void {
    const { child, exited } = this.seat.process
    const limitMs = this.#options.teardownMs + KILL_AFTER_MS
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs).unref()
    void exited.then(() => clearTimeout(timer))
  }

  #post(message: unknown): void {
    const { child } = this.seat.process
    // The callback keeps the error of a channel that is being closed from being thrown.
    if (child.connected) child.send(message as object, () => undefined)
  }

  #hear(message: unknown): void {
    if (isPing(message)) {
      this.#listens = true
      return
    }
    if (isChannelMessage(message)) {
      if (message.t === 'q') {
        if (message.i !== undefined) this.#asked.set(message.i, callText(message))
        if (message.m === 'onQueued') this.#watch?.beginFile()
        // What it prints is no progress.
        else if (message.m !== 'onUserConsoleLog') this.#watch?.touch()
      }
    } else {
      const type: unknown = Reflect.get(Object(message), 'type')
      if (type === 'started' || type === 'testfileFinished') {
        this.#state = 'idle'
        this.#watch?.end()
      }
      if (type === 'started') {
        const error: unknown = Reflect.get(Object(message), 'error')
        this.#started.resolve(error === undefined ? { ok: true } : { ok: false, error })
      }
      if (type === 'stopped') {
        this.#stopped = true
        this.#watch?.end()
      }
    }
    this.#options.onMessage(message)
  }

  async #onSilence(silence: Omit<Silence, 'state' | 'asked' | 'listens'>): Promise<void> {
    const state = this.#state
    const asked = [...this.#asked.values()]
    if (this.#silent) return
    this.#silent = true
    const listens = this.#listens
    const { ends, turns } = await this.#options.onSilence({ ...silence, state, asked, listens })
    this.#silent = false
    if (!ends || this.#over || this.#state === 'idle') return
    this.#hung = true
    this.#watch?.end()
    await endWorker(this.seat, this.#listens || turns)
  }

  async #exited(): Promise<void> {
    this.#watch?.end()
    const { child, progress } = this.seat.process
    await Promise.race([this.#disconnected, delay(DRAIN_MS, undefined, { ref: false })])
    this.#over = true
    // Of one that has stopped as it was asked to nobody wants to know.
    const isNoted = !this.#stopped || this.#hung
    const end: DutyEnd = {
      state: this.#state,
      code: child.exitCode,
      signal: child.signalCode,
      progress: isNoted ? readProgress(progress) : undefined,
      results: isNoted ? readResults(progress) : new Map(),
      hung: this.#hung,
    }
    this.#options.onEnd(end)
    this.#started.resolve({ ok: false, end })
  }
}

function callText({ m, a }: ChannelMessage & { readonly t: 'q' }): string {
  const [first] = a
  return typeof first === 'string' ? `${m} ${first}` : m
}
