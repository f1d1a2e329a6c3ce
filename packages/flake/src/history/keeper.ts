import type { Database } from 'better-sqlite3'
import type { Progress } from '../experiment/progress.ts'
import type { FlakeReport } from '../report/schema.ts'
import { noCounts } from '../verdict/statistics.ts'
import type { Counts } from '../verdict/statistics.ts'
import { recall, rateSince } from './recall.ts'
import { remember } from './remember.ts'
import type { History } from './schema.ts'
import { openHistory } from './store.ts'

/**
 * The history beside a report. What goes wrong with it is told once and then left: the report is worth
 * more than the memory of it.
 */
export class HistoryKeeper {
  #database: Database | undefined
  readonly #progress: Progress

  static async open(path: string, progress: Progress): Promise<HistoryKeeper> {
    const keeper = new HistoryKeeper(progress)
    try {
      keeper.#database = await openHistory(path, (aside) => {
        progress.note(`the history was damaged; it is ${aside} now, and a new one begins`)
      })
    } catch (error) {
      keeper.#giveUp(error)
    }
    return keeper
  }

  private constructor(progress: Progress) {
    this.#progress = progress
  }

  /** Adds a run in which tests were found. */
  remember(report: FlakeReport): void {
    if (report.totals.tests > 0) this.#use((database) => remember(database, report))
  }

  recall(): History | undefined {
    return this.#use((database) => recall(database))
  }

  /** How often a test failed, of all runs that are kept or since a day. */
  readonly rateOf = (test: string, since?: string): Counts =>
    this.#use((database) => rateSince(database, test, since)) ?? noCounts

  close(): void {
    this.#database?.close()
    this.#database = undefined
  }

  #use<T>(work: (database: Database) => T): T | undefined {
    if (this.#database === undefined) return undefined
    try {
      return work(this.#database)
    } catch (error) {
      this.#giveUp(error)
      return undefined
    }
  }

  #giveUp(error: unknown): void {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    this.#progress.note(`the history is not kept: ${line}`)
    this.close()
  }
}
