import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { html } from '../report/html.ts'
import { replaceFile } from '../report/write.ts'
import { recall } from './recall.ts'
import type { RecallOptions } from './recall.ts'
import type { History } from './schema.ts'
import { openHistory } from './store.ts'

/**
 * Reads the last runs out of a history.
 *
 * @throws `ISOLANE_RECORD` when it was written by a newer Isolane, or cannot be read.
 *
 * @example
 * const { tests } = await readHistory('.isolane/history.db', { runs: 50 })
 * for (const { key, rate } of tests) console.log(key, rate.failures, 'of', rate.runs)
 */
export async function readHistory(path: string, options: RecallOptions = {}): Promise<History> {
  const database = await openHistory(path)
  try {
    return recall(database, options)
  } finally {
    database.close()
  }
}

/** Writes a history as one HTML file that opens from disk. */
export async function writeHistoryPage(path: string, history: History): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await replaceFile(path, html({ kind: 'history', history }))
}
