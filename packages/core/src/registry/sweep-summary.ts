/** What was cleaned up after dead runs. */
export interface SweepSummary {
  readonly runs: number
  readonly processes: number
  readonly directories: number
  readonly leases: number
  /** What could not be cleaned up, in words: a process that does not end, a directory that stays. */
  readonly left: readonly string[]
}

/** The summary of a sweep that found nothing. */
export const nothingSwept: SweepSummary = {
  runs: 0,
  processes: 0,
  directories: 0,
  leases: 0,
  left: [],
}

/** Both summaries in one. */
export function sumOf(a: SweepSummary, b: SweepSummary): SweepSummary {
  return {
    runs: a.runs + b.runs,
    processes: a.processes + b.processes,
    directories: a.directories + b.directories,
    leases: a.leases + b.leases,
    left: [...a.left, ...b.left],
  }
}
