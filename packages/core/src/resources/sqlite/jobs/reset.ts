import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import type { ResetOutcome } from '../../../resource.ts'
import type { SqliteData } from '../data.ts'
import { isBusy, sqliteDriver } from '../../../shared/sqlite-driver.ts'
import { identityOf } from '../files.ts'
import { imageOf, pageSizeOf, sameImage } from '../image.ts'
import { isAlone, seal } from '../seal.ts'
import { hasOneFrame, readWalMark, sameMark, touchWal } from '../wal-mark.ts'
import type { WalMark } from '../wal-mark.ts'

export interface ResetTask extends SqliteData {
  /** How long other connections may take to end what they are doing. */
  readonly patienceMs: number
  /** What the reset before this one gave. */
  readonly mark: WalMark | undefined
}

export interface ResetAnswer {
  readonly outcome: ResetOutcome
  /** Given to the next reset, to see at once that nothing was written. */
  readonly mark: WalMark | undefined
}

const retryMs = 5
const writing = 'a connection holds an open write transaction'
const reading = 'a connection holds an open read transaction'

/** Why a database cannot be reset, in words for the user. */
class Obstacle extends Error {}

/**
 * Brings a live database back to its base, with connections of any process open, and proves it. Answers within about
 * `patienceMs` when a connection is in the way.
 */
export async function resetDatabase(task: ResetTask): Promise<ResetAnswer> {
  try {
    return { outcome: { ok: true }, mark: await restore(task) }
  } catch (error) {
    return { outcome: { ok: false, reason: reasonOf(error) }, mark: undefined }
  }
}

async function restore(task: ResetTask): Promise<WalMark | undefined> {
  const { path } = task
  const deadline = performance.now() + task.patienceMs
  if (!existsSync(path)) throw new Obstacle('the database file was removed')
  if (identityOf(path) !== task.file) {
    throw new Obstacle('the database file was replaced by another one')
  }
  const alone = isAlone(path)
  const live = new (sqliteDriver())(path, { fileMustExist: true, timeout: task.patienceMs })
  try {
    live.pragma('synchronous = OFF')
    if (
      task.mark !== undefined &&
      locked(live, deadline, () => sameMark(readWalMark(path), task.mark))
    ) {
      return task.mark
    }
    const source = existsSync(task.base) ? task.base : task.template
    const base = readFileSync(source)
    if (task.mark !== undefined || !locked(live, deadline, () => sameImage(imageOf(live), base))) {
      unlockPageSize(live, base)
      await copyInto(path, source)
    }
    for (;;) {
      await endOldSnapshots(live, deadline)
      // backup() resolves without having done anything when another connection is in the way: only this counts.
      const verified = verify(live, path, base, deadline, alone)
      if (verified.same) {
        restoreJournalMode(live, task)
        return verified.mark
      }
      if (performance.now() >= deadline) throw new Obstacle(reading)
      await delay(retryMs)
      await copyInto(path, source)
    }
  } finally {
    live.close()
  }
}

function waitUntil(live: Database, deadline: number): void {
  live.pragma(`busy_timeout = ${Math.max(1, Math.ceil(deadline - performance.now()))}`)
}

/** Under the write lock nobody can be in the middle of a change. */
function locked<Result>(live: Database, deadline: number, work: () => Result): Result {
  waitUntil(live, deadline)
  try {
    live.exec('BEGIN IMMEDIATE')
  } catch (error) {
    if (isBusy(error)) throw new Obstacle(writing)
    throw error
  }
  try {
    return work()
  } finally {
    live.exec(live.inTransaction ? 'ROLLBACK' : '')
  }
}

function verify(
  live: Database,
  path: string,
  base: Buffer,
  deadline: number,
  alone: boolean,
): { same: boolean; mark?: WalMark } {
  const version = () => live.pragma('data_version', { simple: true })
  const before = locked(live, deadline, () => {
    if (!sameImage(imageOf(live), base)) return undefined
    const seen = version()
    // A frame would be written back at the last close, and break the seal: one or the other.
    if (alone) seal(path)
    else if (journalModeOf(live) === 'wal') {
      touchWal(live)
      live.exec('COMMIT')
    }
    return seen
  })
  if (before === undefined) return { same: false }
  const mark = locked(live, deadline, () => {
    const found = readWalMark(path)
    // Another connection may have committed since: then this WAL proves nothing.
    return version() === before && found !== undefined && hasOneFrame(found, pageSizeOf(base))
      ? found
      : undefined
  })
  return { same: true, ...(mark === undefined ? {} : { mark }) }
}

async function copyInto(path: string, source: string): Promise<void> {
  const base = new (sqliteDriver())(source, { readonly: true, fileMustExist: true })
  try {
    await base.backup(path, { progress: () => 0x7fff_ffff })
  } finally {
    base.close()
  }
}

// A WAL database takes pages of its own size only, and leaves WAL mode only when nobody else has it open.
function unlockPageSize(live: Database, base: Buffer): void {
  if (journalModeOf(live) !== 'wal') return
  if (live.pragma('page_size', { simple: true }) === pageSizeOf(base)) return
  if (!setJournalMode(live, 'delete')) {
    throw new Obstacle('the page size was changed and a connection is still open')
  }
}

// In WAL mode a reader keeps the state it began with. An emptied WAL proves that nobody reads an old one.
async function endOldSnapshots(live: Database, deadline: number): Promise<void> {
  if (journalModeOf(live) !== 'wal') return
  for (;;) {
    waitUntil(live, deadline)
    const [row] = live.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    if (row?.busy === 0) return
    if (performance.now() >= deadline) throw new Obstacle(reading)
    await delay(retryMs)
  }
}

// Not part of the content: it is put back where no open connection prevents it.
function restoreJournalMode(live: Database, task: ResetTask): void {
  if (journalModeOf(live) === task.journalMode) return
  live.pragma('busy_timeout = 0')
  setJournalMode(live, task.journalMode)
}

function setJournalMode(live: Database, mode: string): boolean {
  try {
    return live.pragma(`journal_mode = ${mode}`, { simple: true }) === mode
  } catch (error) {
    if (isBusy(error)) return false
    throw error
  }
}

function journalModeOf(live: Database): unknown {
  return live.pragma('journal_mode', { simple: true })
}

function reasonOf(error: unknown): string {
  if (error instanceof Obstacle) return error.message
  if (isBusy(error)) return 'a connection holds a lock on the database'
  return `SQLite says: ${error instanceof Error ? error.message : String(error)}`
}
