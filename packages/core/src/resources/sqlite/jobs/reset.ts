import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import type { ResetOutcome } from '../../../resource.ts'
import type { SqliteData } from '../data.ts'
import { isBusy, sqliteDriver } from '../driver.ts'
import { identityOf } from '../files.ts'
import { imageOf, pageSizeOf, sameImage } from '../image.ts'

export interface ResetTask extends SqliteData {
  /** How long other connections may take to end what they are doing. */
  readonly patienceMs: number
}

const retryMs = 5

/**
 * Brings a live database back to its base, with connections of any process open, and proves it. Answers within about
 * `patienceMs` when a connection is in the way.
 */
export async function resetDatabase(task: ResetTask): Promise<ResetOutcome> {
  try {
    const reason = await restore(task, performance.now() + task.patienceMs)
    return reason === undefined ? { ok: true } : { ok: false, reason }
  } catch (error) {
    const what = isBusy(error)
      ? 'a connection holds a lock on the database'
      : `SQLite says: ${error instanceof Error ? error.message : String(error)}`
    return { ok: false, reason: what }
  }
}

async function restore(task: ResetTask, deadline: number): Promise<string | undefined> {
  if (!existsSync(task.path)) return 'the database file was removed'
  if (identityOf(task.path) !== task.file) {
    return 'the database file was replaced by another one'
  }
  const source = existsSync(task.base) ? task.base : task.template
  const base = readFileSync(source)
  const live = new (sqliteDriver())(task.path, { fileMustExist: true, timeout: task.patienceMs })
  try {
    live.pragma('synchronous = OFF')
    let state = compare(live, base)
    while (state === 'different') {
      const blocked = unlockPageSize(live, base)
      if (blocked !== undefined) return blocked
      await copyInto(task.path, source)
      // backup() resolves without having done anything when another connection is in the way.
      state = compare(live, base)
      if (state !== 'different') break
      if (performance.now() >= deadline) return 'a connection holds an open read transaction'
      await delay(retryMs)
    }
    if (state === 'locked') return 'a connection holds an open write transaction'
    return (await endOldSnapshots(live, deadline)) ?? restoreJournalMode(live, task)
  } finally {
    live.close()
  }
}

/** Compares under the write lock: nobody can be in the middle of a change. */
function compare(live: Database, base: Buffer): 'same' | 'different' | 'locked' {
  try {
    live.exec('BEGIN IMMEDIATE')
  } catch (error) {
    if (isBusy(error)) return 'locked'
    throw error
  }
  try {
    return sameImage(imageOf(live), base) ? 'same' : 'different'
  } finally {
    live.exec('ROLLBACK')
  }
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
function unlockPageSize(live: Database, base: Buffer): string | undefined {
  if (journalModeOf(live) !== 'wal') return undefined
  if (live.pragma('page_size', { simple: true }) === pageSizeOf(base)) return undefined
  return setJournalMode(live, 'delete')
    ? undefined
    : 'the page size was changed and a connection is still open'
}

// In WAL mode a reader keeps the state it began with. An emptied WAL proves that nobody reads an old one.
async function endOldSnapshots(live: Database, deadline: number): Promise<string | undefined> {
  if (journalModeOf(live) !== 'wal') return undefined
  for (;;) {
    live.pragma(`busy_timeout = ${Math.max(1, Math.ceil(deadline - performance.now()))}`)
    const [row] = live.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    if (row?.busy === 0) return undefined
    if (performance.now() >= deadline) return 'a connection holds an open read transaction'
    await delay(retryMs)
  }
}

// Not part of the content: it is put back where no open connection prevents it.
function restoreJournalMode(live: Database, task: ResetTask): undefined {
  if (journalModeOf(live) !== task.journalMode) {
    live.pragma('busy_timeout = 0')
    setJournalMode(live, task.journalMode)
  }
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
