import { existsSync, readSync, statSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import type { ResetOutcome } from '../../../resource.ts'
import { isBusy, sqliteDriver } from '../../../shared/sqlite-driver.ts'
import type { JournalMode, SqliteData } from '../data.ts'
import { identityOf } from '../files.ts'
import { isOf } from '../held-files.ts'
import type { Descriptors } from '../held-files.ts'
import { BaseImage, headerOf } from '../restore/base-image.ts'
import { restoreInPlace, restoreUnopened } from '../restore/in-place.ts'
import { restoreInWal } from '../restore/in-wal.ts'
import { journalModeOf, setJournalMode } from '../restore/journal-mode.ts'
import { restoreFromLeftWal } from '../restore/left-wal.ts'
import { Obstacle } from '../restore/obstacle.ts'
import type { Plan, ResetMark } from '../restore/plan.ts'
import { readWalIndex } from '../restore/wal-index.ts'
import { restoreWhole } from '../restore/whole.ts'
import { isAlone } from '../seal.ts'

export interface ResetTask extends SqliteData {
  /** How long other connections may take to end what they are doing. */
  readonly patienceMs: number
  /** What the reset before this one gave. */
  readonly mark: ResetMark | undefined
  readonly files: Descriptors
}

export interface ResetAnswer {
  readonly outcome: ResetOutcome
  /** Given to the next reset. */
  readonly mark: ResetMark | undefined
}

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

/** How many frames of a WAL, or bytes of a file without one, are restored sooner than a thread is asked. */
const fewFrames = 128
const fewBytes = 1_024 * 1_024

/**
 * The same without a thread, when little was written and nobody is in the way; undefined otherwise, with nothing lost
 * for {@link resetDatabase}.
 */
export async function resetQuickly(task: ResetTask): Promise<ResetAnswer | undefined> {
  try {
    if (!isQuick(task)) return undefined
    const mark = await restore({ ...task, patienceMs: 0 }, true)
    return mark && { outcome: { ok: true }, mark }
  } catch {
    // With patience, or in words, says resetDatabase.
    return undefined
  }
}

function isQuick({ path, base, template, files, mark, journalMode }: ResetTask): boolean {
  if (mark === undefined) return false
  if (mark.wal !== undefined && files.index !== undefined) {
    const index = readWalIndex(files.index)
    return index?.salts === mark.wal.salts && index.frames - mark.wal.frames <= fewFrames
  }
  if (journalMode === 'wal') return false
  const largest = Math.max(...[path, base, template].map((file) => sizeOf(file)))
  return largest <= fewBytes
}

async function restore(task: ResetTask, quickly = false): Promise<ResetMark | undefined> {
  const { path } = task
  const deadline = performance.now() + task.patienceMs
  if (!existsSync(path)) throw new Obstacle('the database file was removed')
  if (identityOf(path) !== task.file) {
    throw new Obstacle('the database file was replaced by another one')
  }
  const source = existsSync(task.base) ? task.base : task.template
  using image = new BaseImage(source)
  const plan: Plan = { ...task, source, image, deadline }
  const mode = modeOf(plan)
  const alone = isAlone(path)
  if (mode === 'wal' && task.journalMode === 'wal' && !quickly) {
    using only = connect(task)
    const mark = alone ? restoreUnopened(only.live, plan) : restoreFromLeftWal(only.live, plan)
    if (mark !== undefined) return mark
  }
  using connection = connect(task)
  const { live } = connection
  const mark = await restorePages(live, plan, mode)
  if (mark !== undefined && mode === task.journalMode) return mark
  if (quickly) return undefined
  if (mark === undefined) await restoreWhole(live, plan, alone)
  restoreJournalMode(live, task.journalMode)
  return undefined
}

function connect({ path, patienceMs }: ResetTask): Disposable & { readonly live: Database } {
  const live = new (sqliteDriver())(path, { fileMustExist: true, timeout: patienceMs })
  return { live, [Symbol.dispose]: () => void live.close() }
}

async function restorePages(
  live: Database,
  plan: Plan,
  mode: JournalMode | undefined,
): Promise<ResetMark | undefined> {
  if (mode === undefined) return undefined
  return mode === 'wal' ? await restoreInWal(live, plan) : restoreInPlace(live, plan)
}

/** How the file says that it is written to; undefined when it does not say, or the base has no page to go back to. */
function modeOf({ path, files: { database }, image }: Plan): JournalMode | undefined {
  if (database === undefined || !isOf(database, path) || image.pages === 0) return undefined
  const header = Buffer.alloc(100)
  if (readSync(database, header, 0, header.length, 0) < header.length) return undefined
  return headerOf(header).version === 2 ? 'wal' : 'delete'
}

// Not part of the content: it is put back where no open connection prevents it.
function restoreJournalMode(live: Database, wanted: JournalMode): void {
  if (journalModeOf(live) === wanted) return
  live.pragma('busy_timeout = 0')
  setJournalMode(live, wanted)
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function reasonOf(error: unknown): string {
  if (error instanceof Obstacle) return error.message
  if (isBusy(error)) return 'a connection holds a lock on the database'
  return `SQLite says: ${error instanceof Error ? error.message : String(error)}`
}
