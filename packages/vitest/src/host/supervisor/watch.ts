/**
 * Watches one worker process for progress. It costs a timer: what the worker is at stands in its own note, which is
 * read only when the timer has run out.
 */
import { clockMs, readProgress } from '../../shared/progress.ts'
import type { Progress } from '../../shared/progress.ts'
import { cpuMsOf, loadOf, threadsWant } from './processes.ts'

/** How much later a timer may come before this process itself is taken for the slow one. */
const OWN_LAG_MS = 1_000

/** How long before the limit a worker is asked whether it listens. */
const LONGEST_LEAD_MS = 5_000

/** How soon a process is looked at again that may still come on. */
const LOOK_AGAIN_MS = 250

/** So many looks in a row without any sign of life mean that none will come. */
const QUIET_LOOKS = 2

/** From which part of a processor on a process counts as busy. */
const BUSY = 0.1

export interface WatchOptions {
  readonly afterMs: number
  /** Where the worker notes what it is at. */
  readonly progress: string
  readonly pid: () => number | undefined
  /** Whether it waits for an answer of this process. */
  readonly isAsking: () => boolean
  /** Called with what it has noted, every `afterMs` or sooner. */
  readonly onLook: (progress: Progress) => void
  /** Called a while before `onSilence`: the worker can be asked whether it still listens. */
  readonly onDoubt: () => void
  /**
   * Called for a time without progress, and again whenever it has lasted for another `afterMs`; `ownMs` is 0 where
   * nothing else would ever end it.
   */
  readonly onSilence: (silence: {
    readonly forMs: number
    readonly ownMs: number
    readonly progress: Progress | undefined
    /** It has been told of before. */
    readonly again: boolean
  }) => void
}

export class Watch {
  readonly #options: WatchOptions
  #timer: NodeJS.Timeout | undefined
  /** The last progress that was seen from here, and what it may take until the next. */
  #sinceMs = 0
  #ownMs: number | undefined
  #starting = false
  #cpuMs = 0
  #lookedHere: { readonly atMs: number; readonly cpuMs: number } | undefined
  #lookedCpuMs: number | undefined
  #quietLooks = 0
  /** How often it was told of that there has been no progress since then. */
  #told = { sinceMs: 0, times: 0 }
  #doubted = 0

  constructor(options: WatchOptions) {
    this.#options = options
  }

  /** It begins something now. `ownMs`: what it may take by itself; without it, the worker's note says it. */
  begin({ ownMs, starting = false }: { ownMs?: number; starting?: boolean } = {}): void {
    this.#ownMs = ownMs
    this.#starting = starting
    this.#sinceMs = clockMs()
    this.#lookedCpuMs = undefined
    this.#quietLooks = 0
    this.#lookedHere = undefined
    const { afterMs, pid } = this.#options
    this.#cpuMs = cpuMsOf(pid() ?? 0)
    this.#arm(afterMs - this.#leadMs + (ownMs ?? 0))
  }

  /** It begins to load another file. */
  beginFile(): void {
    this.touch()
    this.#cpuMs = cpuMsOf(this.#options.pid() ?? 0)
  }

  /** It has made progress. */
  touch(): void {
    this.#sinceMs = clockMs()
  }

  /** Nothing is expected of it. */
  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  get #leadMs(): number {
    return Math.min(this.#options.afterMs / 2, LONGEST_LEAD_MS)
  }

  #arm(inMs: number): void {
    clearTimeout(this.#timer)
    const dueMs = clockMs() + inMs
    this.#timer = setTimeout(() => this.#look(clockMs() - dueMs), Math.ceil(inMs)).unref()
  }

  #look(lateMs: number): void {
    const { afterMs, progress: path, onSilence } = this.#options
    const progress = readProgress(path)
    if (progress !== undefined) this.#options.onLook(progress)
    const noted = this.#ownMs === undefined || this.#starting ? progress : undefined
    const sinceMs = Math.max(this.#sinceMs, noted?.atMs ?? 0)
    const ownMs = this.#ownMs ?? noted?.ownMs ?? 0
    const forMs = clockMs() - sinceMs
    if (this.#told.sinceMs !== sinceMs) this.#told = { sinceMs, times: 0 }
    const { times } = this.#told
    const limitMs = ownMs + afterMs * (times + 1)
    const leftMs = sinceMs + limitMs - clockMs()
    // Its messages may still wait to be read here.
    const left = Math.max(leftMs, lateMs > OWN_LAG_MS ? OWN_LAG_MS : 0)
    const lead = this.#leadMs
    if (left > lead) {
      // What comes after it may have a shorter limit.
      this.#arm(Math.min(left - lead, afterMs))
      return
    }
    if (this.#doubted !== sinceMs + limitMs) this.#options.onDoubt()
    this.#doubted = sinceMs + limitMs
    if (left > 0) {
      this.#arm(left)
      return
    }
    // A test and a hook have a clock of their own, which is wall clock.
    const itsOwn = !this.#starting && (progress?.phase === 'test' || progress?.phase === 'hooks')
    if ((!itsOwn && this.#comesOn(lateMs)) || (this.#options.isAsking() && this.#isBusyHere())) {
      this.#arm(LOOK_AGAIN_MS)
      return
    }
    onSilence({ forMs, ownMs, progress, again: times > 0 })
    this.#told = { sinceMs, times: times + 1 }
    this.#arm(afterMs - lead)
  }

  // What it waits for is being worked at, here or in a thread that Vite transforms in.
  #isBusyHere(): boolean {
    const atMs = clockMs()
    const { user, system } = process.cpuUsage()
    const now = { atMs, cpuMs: (user + system) / 1_000 }
    const before = this.#lookedHere
    this.#lookedHere = now
    if (before === undefined || threadsWant(process.pid)) return true
    return (now.cpuMs - before.cpuMs) / (now.atMs - before.atMs) > BUSY
  }

  // On a slow machine a start, and loading a file, take what they take: the process comes on as long as it uses the
  // processor or wants it, and has not been given so much of it that it should have come further.
  #comesOn(lateMs: number): boolean {
    const load = loadOf(this.#options.pid() ?? 0)
    if (load === undefined) return false
    // When this look is late, the machine may have halted, and the process with it.
    const moves = load.wants || load.cpuMs !== this.#lookedCpuMs || lateMs > LOOK_AGAIN_MS
    this.#lookedCpuMs = load.cpuMs
    this.#quietLooks = moves ? 0 : this.#quietLooks + 1
    return this.#quietLooks < QUIET_LOOKS && load.cpuMs - this.#cpuMs < this.#options.afterMs / 2
  }
}
