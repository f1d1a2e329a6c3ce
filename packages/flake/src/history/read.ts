import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { html } from '../report/html.ts'
import { replaceFile } from '../report/write.ts'
import { recall } from './recall.ts'
import type { RecallOptions } from './recall.ts'
import type { History } from './schema.ts'
import { writingInto } from '../unwritable.ts'
import { readKept } from './store.ts'

/**
 * Reads the last runs out of a history, and leaves the file as it is.
 *
 * @throws `ISOLANE_RECORD` when it is no history, was written by a newer Isolane, or cannot be read.
 *
 * @example
 * const { tests } = await readHistory('.isolane/history.db', { runs: 50 })
 * for (const { key, rate } of tests) console.log(key, rate.failures, 'of', rate.runs)
 */
export async function readHistory(path: string, options: RecallOptions = {}): Promise<History> {
  return await readKept(path, (database) => recall(database, options))
}

/** Writes a history as one HTML file that opens from disk. */
export async function writeHistoryPage(path: string, history: History): Promise<void> {
  await writingInto(dirname(path), () => mkdir(dirname(path), { recursive: true, mode: 0o700 }))
  await replaceFile(path, html({ kind: 'history', history }))
}
