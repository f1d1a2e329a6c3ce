import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import { sqliteDriver } from '../../../shared/sqlite-driver.ts'
import { imageOf, pageSizeOf, sameImage } from '../image.ts'
import { seal } from '../seal.ts'
import { endOldSnapshots } from './in-wal.ts'
import { journalModeOf, setJournalMode } from './journal-mode.ts'
import { locked, Obstacle, reading } from './obstacle.ts'
import type { Plan } from './plan.ts'

const retryMs = 5

/** Restores all pages by SQLite's backup, whatever happened to the database. `alone`: nobody else had it open. */
export async function restoreWhole(live: Database, plan: Plan, alone: boolean): Promise<void> {
  const { path, source, deadline } = plan
  const base = readFileSync(source)
  live.pragma('synchronous = OFF')
  if (!locked(live, deadline, () => sameImage(imageOf(live), base))) {
    unlockPageSize(live, base)
    await copyInto(path, source)
  }
  for (;;) {
    if (journalModeOf(live) === 'wal') await endOldSnapshots(live, deadline)
    // backup() resolves without having done anything when another connection is in the way: only this counts.
    const isDone = locked(live, deadline, () => {
      const isSame = sameImage(imageOf(live), base)
      if (isSame && alone) seal(path)
      return isSame
    })
    if (isDone) return
    if (performance.now() >= deadline) throw new Obstacle(reading)
    await delay(retryMs)
    await copyInto(path, source)
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
function unlockPageSize(live: Database, base: Buffer): void {
  if (journalModeOf(live) !== 'wal') return
  if (live.pragma('page_size', { simple: true }) === pageSizeOf(base)) return
  if (!setJournalMode(live, 'delete')) {
    throw new Obstacle('the page size was changed and a connection is still open')
  }
}
