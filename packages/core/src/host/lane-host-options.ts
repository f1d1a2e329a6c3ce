import type { Lanes } from '../lanes.ts'
import type { Env } from '../resource.ts'
import type { LaneFile } from '../shared/protocol.ts'
import type { Lease } from './leases.ts'

/** How a host is started. */
export interface LaneHostOptions {
  readonly lanes: Lanes
  /** Absolute project root: relative paths in resources start here. */
  readonly root: string
  /** How many workers may hold a lane at the same time. */
  readonly workers: number
  /** Lanes kept ready beyond those in use. Default 1. */
  readonly spares?: number
  /** How often workers will ask for a lane: no spare is made beyond that. Default: not known. */
  readonly expected?: number
  /** Where evidence of failed tests is kept. Default `<root>/.isolane/failed`, where the newest 50 stay. */
  readonly evidenceDir?: string
  /** Lanes make their temp directories in one of the run's, which `LaneHost.paths` names. Default false. */
  readonly ownTemp?: boolean
  /** Runs each time before a worker gets its lane, whose servers have started. It must not reject. */
  readonly beforeLease?: () => Promise<void>
  /** Templates are built anew although they are there. Default false. */
  readonly rebuild?: boolean
  /** The machine's cache directory. Default: see `cacheDir()`. */
  readonly cacheDir?: string
  /** Shows the user one line: something takes long, or is less than was asked for. */
  readonly onMessage?: (message: string) => void
}

/** A lane in the hands of a worker. */
export interface LeasedLane {
  readonly id: string
  readonly slot: number
  readonly file: LaneFile
  /** All variables of the lane, for the worker's environment. */
  readonly env: Env
  /** What the lane holds of the machine outside its directory, such as ports and directories. */
  readonly leases: readonly Lease[]
}
