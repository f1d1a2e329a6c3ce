import type { Database } from 'better-sqlite3'
import { isBusy } from '../../../shared/sqlite-driver.ts'

const writing = 'a connection holds an open write transaction'
export const reading = 'a connection holds an open read transaction'

/** Why a database cannot be reset, in words for the user. */
export class Obstacle extends Error {}

const waits = new WeakMap<Database, number>()
/** Setting a wait costs as much as taking a free lock: so little more does no harm. */
const negligibleMs = 50

/** Lets the next statements wait for other connections until `deadline` (`performance.now()`), or a little longer. */
export function waitUntil(live: Database, deadline: number): void {
  const leftMs = Math.max(1, Math.ceil(deadline - performance.now()))
  const setMs = waits.get(live) ?? Infinity
  if (setMs >= leftMs && setMs - leftMs < negligibleMs) return
  live.pragma(`busy_timeout = ${leftMs}`)
  waits.set(live, leftMs)
}

/** Under the write lock nobody can be in the middle of a change. */
export function locked<Result>(live: Database, deadline: number, work: () => Result): Result {
  return begun(live, 'IMMEDIATE', deadline, writing, work)
}

/** Outside WAL mode this lock keeps everybody out, also those who read. */
export function exclusively<Result>(live: Database, deadline: number, work: () => Result): Result {
  return begun(live, 'EXCLUSIVE', deadline, reading, work)
}

function begun<Result>(
  live: Database,
  lock: 'IMMEDIATE' | 'EXCLUSIVE',
  deadline: number,
  otherwise: string,
  work: () => Result,
): Result {
  waitUntil(live, deadline)
  try {
    live.exec(`BEGIN ${lock}`)
  } catch (error) {
    if (isBusy(error)) throw new Obstacle(otherwise)
    throw error
  }
  try {
    return work()
  } finally {
    if (live.inTransaction) live.exec('ROLLBACK')
  }
}
