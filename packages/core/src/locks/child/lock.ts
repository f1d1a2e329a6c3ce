import { IsolaneError } from '@isolane/record/worker'
import { kindOf } from '../../shared/options.ts'
import type { LockOptions } from '../shared/lock-options.ts'
import { Claim } from './claim.ts'
import { holding, holdingFromHere } from './lock-context.ts'

/** A lock that is held until it is disposed of, or until its process ends, however it ends. */
export interface HeldLock extends AsyncDisposable {
  readonly names: readonly string[]
  /** Gives the lock back. Later calls do nothing. */
  release(): Promise<void>
}

/**
 * Takes named locks: at most one holder on this machine for each name, or many that share it.
 *
 * Scope: every process of this user that shares the cache directory, whatever worker, project, runner or run it
 * belongs to. It locks a name, nothing else: all who use the thing must ask for the same name. All names are
 * granted together or none; whoever asked first gets them first, so neither many readers nor short waits starve
 * anybody. A lock is free as soon as its holder has ended, however it ended.
 *
 * Code that holds a lock cannot ask for another: it would be possible that two tests wait for each other. Ask for
 * all names at once. Seen is what the same chain of calls holds, not what a hook or another process took. Tests that
 * run concurrently in one worker wait for each other like those of two workers.
 *
 * @param names 1 to 100 names of up to 200 characters, in any order.
 * @param work runs while the locks are held; they are given back when it has settled.
 * @returns what `work` gives, or without `work` the lock itself, for `await using`.
 * @throws IsolaneError `ISOLANE_LOCK` when the names were not granted within `timeoutMs`, with who has them since when;
 *   when the caller holds a lock already. `ISOLANE_OPTION` for wrong names or options. `ISOLANE_OUTSIDE_LANE` where no
 *   run is, `ISOLANE_HOST_GONE` when the run has ended.
 * @example
 * ```ts
 * import { lanes } from './lanes.ts'
 *
 * const { lock } = lanes.current()
 * const total = await lock(['billing'], async () => 1 + 1)
 * await lock('catalog', () => total, { mode: 'shared', timeoutMs: 20_000 })
 *
 * await using both = await lock(['billing', 'stock'])
 * ```
 */
export function lock<T>(
  names: string | readonly string[],
  work: () => T | PromiseLike<T>,
  options?: LockOptions,
): Promise<T>
/** Takes named locks until what it gives is disposed of: `await using held = await lock(['billing'])`. */
export function lock(names: string | readonly string[], options?: LockOptions): Promise<HeldLock>
export async function lock<T>(
  names: string | readonly string[],
  workOrOptions?: (() => T | PromiseLike<T>) | LockOptions,
  ...rest: readonly unknown[]
): Promise<T | HeldLock> {
  if (typeof workOrOptions === 'function') {
    const claim = new Claim(names, rest[0] as LockOptions | undefined)
    await claim.granted()
    return await whileHeld(claim, workOrOptions)
  }
  if (rest[0] !== undefined) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `lock() takes the work as its second argument, received ${kindOf(workOrOptions)}.`,
      hint: 'write lock(names, work, options): the options come last.',
      details: { path: 'lock' },
    })
  }
  const claim = new Claim(names, workOrOptions)
  holdingFromHere(claim)
  await claim.granted()
  return claim
}

/** What `lanes.current().lock` is: {@link lock}. */
export type Lock = typeof lock

async function whileHeld<T>(claim: Claim, work: () => T | PromiseLike<T>): Promise<T> {
  let result: T
  try {
    result = await holding(claim, work)
  } catch (error) {
    // What went wrong in the work is what the user must see.
    await claim.release().catch(() => undefined)
    throw error
  }
  await claim.release()
  return result
}
