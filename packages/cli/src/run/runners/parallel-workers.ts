import { availableParallelism } from 'node:os'
import { count } from '../../count.ts'

/** What {@link parallelWorkers} decides by. */
export interface ParallelWish {
  /** `--workers`. */
  readonly wanted: number | 'auto' | undefined
  /** The runner's own number. */
  readonly own: number
  /** The setting that keeps the runner from running workers side by side. */
  readonly off?: string | undefined
  /** Default: those of the machine. */
  readonly cores?: number | undefined
}

/**
 * Tells how many workers run at a time: those of `--workers`; else the runner's own number, or one for every core
 * where the project had turned parallelism off.
 *
 * @returns `line` for people when it is not what the runner would do.
 */
export function parallelWorkers(wish: ParallelWish): {
  readonly workers: number
  readonly line?: string
} {
  const { wanted, own, off, cores = availableParallelism() } = wish
  const before = off === undefined ? own : 1
  const workers =
    typeof wanted === 'number'
      ? wanted
      : wanted === 'auto' || off !== undefined
        ? Math.max(cores, 1)
        : own
  if (workers === before) return { workers }
  const at = `${count(workers, 'worker', 'workers')} at a time`
  return { workers, line: `${at} instead of ${before} (${off ?? "the runner's own number"}).` }
}
