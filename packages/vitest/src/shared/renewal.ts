/**
 * What a worker asks of the main process when its lane cannot be reset in front of a test: another worker, on another
 * lane, for what it has not run yet. Nothing more is heard of it.
 */
export interface RenewalRequest {
  readonly isolane: 'renew'
  /** Who had the lane last, in words; it left the lane so that it cannot be reset. */
  readonly culprit: string
  /** Why it cannot be reset, in words. */
  readonly reason: string
  /** The file that the worker is at, and its tests that have not ended; all of them when none has begun. */
  readonly file: string
  readonly testIds: readonly string[] | undefined
  /** The snapshots of the tests in it that have ended; they are saved with those of the others. */
  readonly snapshots?: CarriedSnapshots | undefined
}

/** What Vitest knew of the snapshots of a file in the worker that another one goes on for. */
export interface CarriedSnapshots {
  readonly file: string
  /** Names of the tests that have ended, with those of their suites. */
  readonly ran: readonly string[]
  /** Fields of Vitest's snapshot state; `own` are those of a map, beside its entries. */
  readonly fields: readonly {
    readonly name: string
    readonly value: unknown
    readonly own: object | undefined
  }[]
}

export function isRenewalRequest(message: unknown): message is RenewalRequest {
  return Reflect.get(Object(message), 'isolane') === 'renew'
}

/** The key under which a worker is told that another one would be made for it. */
export const renewsKey = 'isolane:renews'

/** The key under which a worker is given the snapshots of the one before it. */
export const snapshotsKey = 'isolane:snapshots'

declare module 'vitest' {
  interface ProvidedContext {
    'isolane:renews': boolean
    'isolane:snapshots'?: CarriedSnapshots | undefined
  }
}
