import { checkOptions, IsolaneError } from '@isolane/core'

/** What happens to a test file whose worker dies while it runs. */
export interface CrashOptions {
  /**
   * How often the file runs again, on a fresh lane in a new process, before it fails. Default 1; 0 fails it at once.
   */
  readonly requeue?: number
  /** The most files that run again in one run, over all: who crashes more often than that fails at once. Default 10. */
  readonly most?: number
}

/** When a worker counts as hung. */
export interface HangOptions {
  /**
   * Milliseconds without progress, beyond the own timeout of what runs, after which a worker is reported and ended.
   * Default 30 000. A test or hook without a timeout is reported, and ended only when this option is given.
   */
  readonly after?: number
}

/** The part of the options of `isolated` that is about workers which crash or hang. */
export interface SupervisionOptions {
  /** What happens to a test file whose worker dies while it runs. Default `{ requeue: 1, most: 10 }`. */
  readonly crash?: CrashOptions
  /** Whether a run fails in which a file crashed, also when it passed when it ran again. Default `false`. */
  readonly failOnCrash?: boolean
  /** When a worker counts as hung; `false` for never. Default `{ after: 30_000 }`. */
  readonly hang?: false | HangOptions
}

/** {@link SupervisionOptions}, complete. */
export interface Supervision {
  readonly requeue: number
  readonly most: number
  readonly failOnCrash: boolean
  /** Undefined when nothing counts as a hang. */
  readonly hang: { readonly afterMs: number; readonly chosen: boolean } | undefined
}

const DEFAULT_AFTER_MS = 30_000

/** Longer timers than this fire at once (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args). */
const LONGEST_MS = 2 ** 31 - 1

/**
 * Checks the options and fills in the defaults.
 *
 * @throws IsolaneError `ISOLANE_OPTION`.
 */
export function supervision({ crash, failOnCrash, hang }: SupervisionOptions): Supervision {
  if (crash !== undefined) checkOptions('isolated.crash', crash, ['requeue', 'most'])
  if (hang !== undefined && hang !== false) checkOptions('isolated.hang', hang, ['after'])
  count('isolated.crash.requeue', crash?.requeue, '1 runs a crashed file once more')
  count('isolated.crash.most', crash?.most, 'leave it out for 10')
  if (failOnCrash !== undefined && typeof failOnCrash !== 'boolean') {
    throw wrong(
      'isolated.failOnCrash',
      'true or false',
      failOnCrash,
      'true makes a run with a crash red',
    )
  }
  const after = hang === false ? undefined : hang?.after
  if (after !== undefined && !(Number.isFinite(after) && after > 0 && after <= LONGEST_MS)) {
    throw wrong(
      'isolated.hang.after',
      `milliseconds above 0, at most ${LONGEST_MS}`,
      after,
      'hang: false turns hang detection off',
    )
  }
  return {
    requeue: crash?.requeue ?? 1,
    most: crash?.most ?? 10,
    failOnCrash: failOnCrash ?? false,
    hang:
      hang === false
        ? undefined
        : { afterMs: after ?? DEFAULT_AFTER_MS, chosen: after !== undefined },
  }
}

function count(path: string, value: unknown, hint: string): void {
  if (value === undefined || (Number.isInteger(value) && (value as number) >= 0)) return
  throw wrong(path, 'a whole number from 0 up', value, hint)
}

function wrong(path: string, allowed: string, received: unknown, hint: string): IsolaneError {
  const shown = typeof received === 'string' ? JSON.stringify(received) : String(received)
  return new IsolaneError('ISOLANE_OPTION', {
    message: `${path} must be ${allowed}; received ${shown}.`,
    hint: `${hint}.`,
    details: { path, received },
  })
}
