import { existsSync, readFileSync } from 'node:fs'

const everyMs = 25
const pageKib = 4
const naming = new URL('./name-process.ts', import.meta.url)

/** Watches the memory that the processes of one command hold at the same time, its workers left out (Linux). */
export class MemoryWatch implements Disposable {
  /** What the command needs in its environment. */
  readonly env: Readonly<Record<string, string>>
  readonly #file: string
  readonly #timer: NodeJS.Timeout
  #peakKib = 0

  /** @param file where the processes write down who they are; it must not exist. */
  constructor(file: string) {
    this.#file = file
    this.env = { NODE_OPTIONS: `--import=${naming.href}`, ISOLANE_BENCH_PROCESSES: file }
    this.#timer = setInterval(() => this.#look(), everyMs)
  }

  /** The most that was seen at one time. */
  get peakMib(): number {
    return this.#peakKib / 1024
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    if (!existsSync(this.#file)) return
    const processes = readFileSync(this.#file, 'utf8').trim().split('\n')
    const kib = processes.reduce((sum, pid) => sum + residentKib(pid), 0)
    this.#peakKib = Math.max(this.#peakKib, kib)
  }
}

function residentKib(pid: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * pageKib
  } catch {
    return 0
  }
}
