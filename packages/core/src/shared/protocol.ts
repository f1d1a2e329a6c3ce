/**
 * What host and workers say to each other: one JSON document a line over a local socket, and two
 * files in the run's directory. A connection that acquired a lane holds it; when it closes, however it
 * closes, the lane is free again. Both halves come from one installation, but a stale worker may meet
 * a newer host: `protocolVersion` is checked first.
 */
import { join } from 'node:path'
import type { LockMode } from '../locks/shared/lock-options.ts'
import type { Env } from '../resource.ts'

export const protocolVersion = 1

/** `run.json` in the run's directory. */
export interface RunFile {
  readonly protocol: number
  readonly run: string
  readonly endpoint: string
}

/** `lane.json` in a lane's directory: all that a worker needs to open the lane's handles. */
export interface LaneFile {
  readonly protocol: number
  readonly run: string
  readonly id: string
  readonly number: number
  readonly generation: number
  readonly dir: string
  /** Names in declaration order with the data of their resources. */
  readonly data: Readonly<Record<string, unknown>>
  readonly env: Env
  /** What the lane holds of the machine: its ports and its directories elsewhere, among others. */
  readonly leases: readonly { readonly kind: string; readonly name: string }[]
}

/** Something kept of a lane after a failed test. Summary and lines of detail cannot steer a terminal. */
export interface KeptEvidence {
  readonly resource: string
  readonly summary: string
  readonly path?: string
  readonly open?: string
  readonly detail?: string
}

export type Request =
  | {
      readonly type: 'acquire'
      readonly protocol: number
      readonly slot: number
      readonly pid: number
    }
  | { readonly type: 'release'; readonly lane: string; readonly discard: boolean }
  | {
      readonly type: 'reset'
      readonly lane: string
      readonly test: string | undefined
      /** New files where a resource has them, instead of the old ones reset in place. */
      readonly fresh?: boolean
    }
  | { readonly type: 'rebase'; readonly lane: string }
  | { readonly type: 'evidence'; readonly lane: string; readonly test: string }
  | { readonly type: 'beat'; readonly lane: string; readonly test: string | undefined }
  | { readonly type: 'waits'; readonly lane: string }
  | LockRequest
  /** Gives back, or no longer waits for, what was asked for with `key` on this connection. */
  | { readonly type: 'unlock'; readonly key: number }
  /** From another run: a lock that this one waits for may be free. */
  | { readonly type: 'wake' }

/** Answered when all names are held: until `unlock`, or until the connection closes. */
export interface LockRequest {
  readonly type: 'lock'
  /** Chosen by the worker, new for each request of a connection. */
  readonly key: number
  readonly names: readonly string[]
  readonly mode: LockMode
  /** How long it may wait; for ever when it is missing. */
  readonly timeoutMs?: number | undefined
  readonly lane?: string | undefined
  readonly pid: number
  /** The pid namespace in which `pid` is meant; see `pidSpace()`. */
  readonly pidSpace: string
}

/** What the host answers to each request. */
export interface Answers {
  acquire: { readonly lane: LaneFile; readonly env: Env }
  release: null
  reset: { readonly generation: number }
  rebase: null
  evidence: readonly KeptEvidence[]
  beat: null
  /** For whom the lane waits with `lock()`: a line for each lock. */
  waits: readonly string[]
  lock: null
  unlock: null
  wake: null
}

export interface Call {
  readonly id: number
  readonly request: Request
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly answer: unknown }
  | {
      readonly id: number
      readonly ok: false
      readonly error: {
        readonly code: string
        readonly message: string
        readonly details: Record<string, unknown>
      }
    }

export const runFilePath = (runDir: string): string => join(runDir, 'run.json')
export const laneDirPath = (runDir: string, lane: string): string => join(runDir, 'lanes', lane)
export const laneFilePath = (laneDir: string): string => join(laneDir, 'lane.json')
