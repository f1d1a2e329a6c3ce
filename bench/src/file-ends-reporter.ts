import { appendFileSync } from 'node:fs'
import type { Reporter } from 'vitest/node'

/** A test file has ended: when, and at every hundredth what Vitest's main process held. */
export interface FileEnd {
  readonly atMs: number
  /** Of Vitest's main process until now, looking at memory left out. */
  readonly cpuMs: number
  readonly heapMib?: number
  readonly residentMib?: number
}

const every = 100
const mib = 2 ** 20

/** Writes a line at the end of each file. Runs in Vitest's main process. */
export default class FileEndsReporter implements Reporter {
  #ended = 0
  #looksMs = 0

  onTestModuleEnd(): void {
    const times = { atMs: performance.now(), cpuMs: cpuMs() - this.#looksMs }
    this.#ended += 1
    const end: FileEnd = this.#ended % every === 0 ? { ...times, ...held() } : times
    this.#looksMs = cpuMs() - times.cpuMs
    appendFileSync(process.env['ISOLANE_BENCH_ENDS'] ?? '', `${JSON.stringify(end)}\n`)
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

function held(): { readonly heapMib: number; readonly residentMib: number } {
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  return { heapMib: heapUsed / mib, residentMib: rss / mib }
}
