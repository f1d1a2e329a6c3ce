import type { Proof } from './proof.ts'

/** How SQLite keeps changes until they are in the database file. */
export type JournalMode = 'wal' | 'delete'

/** The finished template, as `prepare` gives it to every `provision`. */
export interface SqliteTemplate {
  readonly path: string
  readonly hash: string
  readonly proof: Proof
}

/** Content of `template.json`, which is written last: where it is, the template is finished. */
export interface TemplateMark {
  readonly kind: 'sqlite'
  readonly sizeBytes: number
  readonly once: boolean
  readonly proof: Proof
}

/** A lane's database as plain data. */
export interface SqliteData {
  readonly path: string
  readonly url: string
  /** File identity at the time of the copy: a test that replaces the file changes it. */
  readonly file: string
  /** What a reset returns to, when this file exists; otherwise it is `template`. */
  readonly base: string
  readonly template: string
  readonly journalMode: JournalMode
}
