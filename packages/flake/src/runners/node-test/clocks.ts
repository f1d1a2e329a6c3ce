import { identity } from './events.ts'
import type { Told } from './events.ts'

interface Span {
  readonly startMs: number
  endMs: number
}

/** When tests ran, from events that come at once or only when their file has ended. */
export class Clocks {
  /** Processes of files, by path. */
  readonly #files = new Map<string, Span>()
  readonly #starts = new Map<string, number[]>()
  /** Until when the tests of a file that are told of late have taken their time. */
  readonly #late = new Map<string, number>()

  hear(type: string, told: Told, isFile: boolean, now = Date.now()): void {
    const file = told.file ?? ''
    if (isFile) {
      const span = this.#files.get(file)
      if (type === 'test:dequeue') this.#files.set(file, { startMs: now, endMs: Infinity })
      else if (span !== undefined) span.endMs = now
      return
    }
    const hasEnded = (this.#files.get(file)?.endMs ?? Infinity) <= now
    if (hasEnded) return
    const id = identity(told)
    const starts = this.#starts.get(id) ?? []
    if (type === 'test:dequeue') this.#starts.set(id, [...starts, now])
    else {
      // Where the machine was busy, we heard of the start late; it cannot have been after this.
      const latestMs = now - (told.details?.duration_ms ?? 0)
      this.#starts.set(id, [...starts.slice(0, -1), Math.min(starts.at(-1) ?? now, latestMs)])
    }
  }

  /** The time of a test whose result has come; ask once. */
  timesOf(told: Told, now = Date.now()): { readonly startMs: number; readonly endMs: number } {
    const file = told.file ?? ''
    const durationMs = told.details?.duration_ms ?? 0
    const startMs = this.#starts.get(identity(told))?.shift()
    if (startMs !== undefined) return rounded(startMs, startMs + durationMs)
    const span = this.#files.get(file)
    if (span === undefined) return rounded(now - durationMs, now)
    // Nobody said when: one after another, from the start of its process on.
    const from = this.#late.get(file) ?? span.startMs
    const to = Math.min(from + durationMs, span.endMs)
    this.#late.set(file, to)
    return rounded(from, to)
  }
}

function rounded(startMs: number, endMs: number): { startMs: number; endMs: number } {
  return { startMs: Math.floor(startMs), endMs: Math.ceil(Math.max(startMs, endMs)) }
}
