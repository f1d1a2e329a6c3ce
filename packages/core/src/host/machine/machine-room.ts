/**
 * What this machine has left for the workers of one run: cores and memory, within the limits of its control groups.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism, freemem, totalmem } from 'node:os'
import { join } from 'node:path'
import { cgroupRoom } from './cgroup.ts'
import { processTable } from './process-table.ts'

/** One look at the machine. */
export interface Room {
  /** Cores this process may use, at least 1: those of the machine, or fewer by affinity or a control group. */
  readonly cores: number
  /** Cores that processes of no run use, on average over the last seconds; 0 where that cannot be told. */
  readonly foreignCores: number
  /** How many of `cores` are left for runs, at least 1. */
  readonly leftCores: number
  /** Memory that can be taken without swapping or being killed; `Infinity` where that cannot be told. */
  readonly freeBytes: number
  /** Memory there is all in all. */
  readonly limitBytes: number
  /** Memory of the largest process that this one has started; 0 where that cannot be told. */
  readonly largestBytes: number
}

/** Share of the newest look in the average of what others use. */
const newest = 0.3
/** Shorter times say nothing: the kernel counts in ticks of 10 ms. */
const shortestMs = 200

/** Looks at the machine from time to time. */
export class MachineRoom {
  readonly #root: string
  #last: { readonly at: number; readonly foreign: number } | undefined
  #foreignCores = 0

  /** @param root where `proc` and `sys` lie. */
  constructor(root = '/') {
    this.#root = root
  }

  /** @param runs main processes of all live runs: what they and their workers use is not foreign. */
  look(runs: readonly number[]): Room {
    const root = this.#root
    const group = cgroupRoom(root)
    const cores = Math.max(1, Math.min(availableParallelism(), Math.round(group.cores)))
    const table = processTable(root)
    let machineCores = cores
    if (table !== undefined) {
      const ours = runs.reduce((sum, pid) => sum + table.ticksOf(pid), 0)
      this.#note(table.busyTicks - ours)
      machineCores = Math.max(cores, table.cores)
    }
    const left = Math.round(machineCores - this.#foreignCores)
    return {
      cores,
      foreignCores: this.#foreignCores,
      leftCores: Math.max(1, Math.min(cores, left)),
      freeBytes: Math.min(freeMemory(root), group.freeBytes),
      limitBytes: Math.min(totalmem(), group.limitBytes),
      largestBytes: table?.largestBelow(process.pid) ?? 0,
    }
  }

  #note(foreign: number): void {
    const at = performance.now()
    const last = this.#last
    if (last !== undefined && at - last.at < shortestMs) return
    this.#last = { at, foreign }
    if (last === undefined) return
    // Negative for a moment when a run has just ended, whose times are foreign from then on.
    const used = Math.max(0, (foreign - last.foreign) * 10) / (at - last.at)
    this.#foreignCores += newest * (used - this.#foreignCores)
  }
}

function freeMemory(root: string): number {
  try {
    const found = /^MemAvailable:\s+(\d+) kB$/m.exec(
      readFileSync(join(root, 'proc/meminfo'), 'utf8'),
    )
    if (found !== null) return Number(found[1]) * 1024
  } catch {
    // Not Linux.
  }
  // macOS calls nearly nothing free: what it caches counts as used.
  return process.platform === 'win32' ? freemem() : Infinity
}
