/**
 * `maxWorkers: 'auto'`: fewer workers while memory or CPU is short, more again later. Fewer at once; more only when
 * there has been room for a while, so that a moment's rest does not make the number swing.
 */
import { printable } from '@isolane/core/host'
import type { CoreShare, LaneHost } from '@isolane/core/host'
import type { Turns } from './turns.ts'

const lookMs = 1_000
/** How many looks in a row have to find room before there are more. */
const looksForMore = 3
/** What a worker is expected to take at least. */
const workerBytes = 128 * 2 ** 20
/** What is left to the machine, or to the control group: the larger of this and of 5 %. */
const reserveBytes = 128 * 2 ** 20

export interface AutoWorkersOptions {
  readonly turns: Turns
  /** The most workers the user wants. */
  readonly workers: () => number
  /** Fewer workers, or as many again: memory decides whether any may be made ahead of need. */
  readonly onChange: (short: { readonly memory: boolean }) => void
  readonly print: (line: string) => void
}

/** How many workers there may be, and what keeps them from being more. */
interface Bound {
  readonly workers: number
  readonly why: string
  readonly memory?: boolean
}

export class AutoWorkers {
  readonly #options: AutoWorkersOptions
  #host: LaneHost | undefined
  #timer: NodeJS.Timeout | undefined
  #allowed = Infinity
  #roomFor = 0
  #looking = false

  constructor(options: AutoWorkersOptions) {
    this.#options = options
  }

  /** Looks for the first time, before the first file runs. */
  async begin(host: LaneHost): Promise<void> {
    if (this.#timer !== undefined) return
    this.#host = host
    this.#timer = setInterval(() => void this.#look(), lookMs).unref()
    await this.#look()
  }

  /** From now on this run wants nothing of the machine. */
  end(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#host?.share(0).catch(() => undefined)
  }

  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    const { turns, workers } = this.#options
    const most = workers()
    try {
      // Before the first file has come, all that may come: whoever begins later takes its part from it.
      const asked = turns.running + turns.waiting
      const share = await this.#host?.share(asked === 0 ? most : Math.min(most, asked))
      // Over, while it looked.
      if (share === undefined || this.#timer === undefined) return
      const bound = least(most, [cores(share), memory(share, turns.running)])
      this.#decide(bound, Math.min(most, this.#allowed), most)
    } catch {
      // The registry is busy or gone: it stays as it is.
    } finally {
      this.#looking = false
    }
  }

  #decide(bound: Bound, allowed: number, most: number): void {
    if (bound.workers <= allowed) this.#roomFor = 0
    if (bound.workers === allowed) return
    if (bound.workers > allowed && ++this.#roomFor < looksForMore) return
    this.#roomFor = 0
    this.#allowed = bound.workers
    const { turns, onChange, print } = this.#options
    const { workers, why, memory: short = false } = bound
    print(
      workers >= most
        ? `isolane: ${count(workers)} again.`
        : `isolane: ${count(workers)} instead of ${most}: ${why}.`,
    )
    onChange({ memory: short && workers < most })
    turns.allow(workers)
  }
}

function cores({ room, workers, others }: CoreShare): Bound {
  const [first, ...rest] = others
  const machine = room.cores === 1 ? '1 core' : `${room.cores} cores`
  if (first !== undefined && workers < room.leftCores) {
    const who = `pid ${first.pid} in ${printable(first.root)}`
    const more = rest.length === 0 ? '' : ` and ${rest.length} more`
    return { workers, why: `it shares ${machine} with another run (${who})${more}` }
  }
  if (room.leftCores < room.cores) {
    const used = room.foreignCores.toFixed(1)
    return { workers, why: `other processes use ${used} cores of the machine` }
  }
  return { workers, why: `it may use ${machine}` }
}

function memory({ room }: CoreShare, running: number): Bound {
  const { freeBytes, limitBytes, largestBytes } = room
  const spare = freeBytes - Math.max(reserveBytes, limitBytes / 20)
  // Those that run have theirs already.
  const more = Math.floor(spare / Math.max(workerBytes, largestBytes))
  const workers = spare < 0 ? running - 1 : running + more
  return {
    workers: Math.max(1, workers),
    why: `${Math.floor(freeBytes / 2 ** 20)} MiB of memory are left`,
    memory: true,
  }
}

function least(most: number, bounds: readonly Bound[]): Bound {
  let lowest: Bound = { workers: most, why: '' }
  for (const bound of bounds) if (bound.workers < lowest.workers) lowest = bound
  return lowest
}

function count(workers: number): string {
  return workers === 1 ? '1 worker' : `${workers} workers`
}
