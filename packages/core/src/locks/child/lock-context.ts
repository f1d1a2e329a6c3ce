/**
 * Which locks the running code holds. A lock asked for by code that holds another could wait for ever: for
 * itself, or for somebody who waits for the other one. Tests that merely run at the same time in one
 * process hold nothing of each other.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { IsolaneError } from '@isolane/record/worker'
import { shownNames } from '../shared/lock-options.ts'

/** One lock, from being asked for to being given back. */
export interface LockState {
  readonly names: readonly string[]
  state: 'asked' | 'held' | 'given'
}

const context = new AsyncLocalStorage<readonly LockState[]>()

/**
 * @throws IsolaneError `ISOLANE_LOCK` when the code that calls holds a lock.
 */
export function refuseNested(names: readonly string[]): void {
  const held = outer()
    .filter(({ state }) => state === 'held')
    .flatMap((one) => one.names)
  if (held.length === 0) return
  const again = names.filter((name) => held.includes(name))
  const all = [...new Set([...held, ...names])]
  throw new IsolaneError('ISOLANE_LOCK', {
    message:
      again.length > 0
        ? `Lock ${shownNames(again)} was asked for by code that holds it: it would wait for itself.`
        : `Lock ${shownNames(names)} was asked for by code that holds ${shownNames(held)}: two tests that do so in different order would wait for each other.`,
    hint:
      again.length === names.length
        ? 'take the lock once, around everything that needs it.'
        : `ask for all names at once, with one call: lock([${shownNames(all)}], …).`,
    details: { names: [...names], held },
  })
}

/** Runs `work` as code that holds `lock`. */
export async function holding<T>(lock: LockState, work: () => T | PromiseLike<T>): Promise<T> {
  return await context.run([...outer(), lock], async () => await work())
}

/**
 * Makes the caller, from its next `await` on, code that holds `lock`. Call it before the first `await`: only then
 * is the caller's own context the current one.
 */
export function holdingFromHere(lock: LockState): void {
  context.enterWith([...outer(), lock])
}

function outer(): LockState[] {
  return (context.getStore() ?? []).filter(({ state }) => state !== 'given')
}
