import type { ProcessIdentity } from '../shared/process-identity.ts'

/** One run as the registry knows it. Times are ISO 8601 UTC. */
export interface RunRow {
  readonly id: string
  /** Main process of the run. */
  readonly pid: number
  /** Start identity of that process; see {@link ProcessIdentity}. Empty when all that is left are directories. */
  readonly start: string
  readonly startedAt: string
  readonly heartbeatAt: string
  readonly argv: readonly string[]
  /** Project root. */
  readonly root: string
  /** The run's directory, mode 0700. */
  readonly dir: string
}

/** What a host tells the registry about a lane. */
export interface LaneEntry {
  readonly id: string
  readonly run: string
  readonly number: number
  readonly state: string
  /** Default 1. */
  readonly generation?: number
  /** Slot of the worker that holds the lane. */
  readonly slot?: number | undefined
  readonly workerPid?: number | undefined
  /** The test or file that runs on the lane. */
  readonly test?: string | undefined
  /** When that began, ISO 8601 UTC. */
  readonly testSince?: string | undefined
  /** When the lane came into its state. Default: now, when the state is another than the recorded one. */
  readonly since?: string | undefined
}

/** One lane as the registry knows it. */
export interface LaneRow extends LaneEntry {
  readonly generation: number
  readonly dir: string
  readonly since: string
  readonly heartbeatAt: string
}

/** How many workers a run would run now. */
export interface WantRow {
  readonly run: string
  /** Main process. Several runs may have the same. */
  readonly pid: number
  readonly start: string
  /** Project root. */
  readonly root: string
  /** What the run has said; null when it does not share. */
  readonly wants: number | null
  /** Lanes with a worker at work. */
  readonly busy: number
}

/** Who holds a lease. */
export interface LeaseOwner {
  readonly run: string
  readonly lane: string
}

/** One lease as the registry knows it. */
export interface LeaseRow extends LeaseOwner {
  readonly kind: string
  readonly name: string
  readonly since: string
  /** Main process of the run that holds it. */
  readonly pid: number
}

/** One process group that a lane started. */
export interface ProcessRow extends ProcessIdentity, LeaseOwner {}
