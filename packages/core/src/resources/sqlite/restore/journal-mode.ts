import type { Database } from 'better-sqlite3'
import { isBusy } from '../../../shared/sqlite-driver.ts'

export function journalModeOf(live: Database): unknown {
  return live.pragma('journal_mode', { simple: true })
}

/** False when another connection prevents it. */
export function setJournalMode(live: Database, mode: string): boolean {
  try {
    return live.pragma(`journal_mode = ${mode}`, { simple: true }) === mode
  } catch (error) {
    if (isBusy(error)) return false
    throw error
  }
}
