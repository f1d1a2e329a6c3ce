import { chmodSync, constants, copyFileSync, rmSync } from 'node:fs'
import { IsolaneError } from '@isolane/record/worker'
import type { JournalMode } from '../data.ts'
import { sqliteDriver } from '../../../shared/sqlite-driver.ts'
import { filesOf, identityOf } from '../files.ts'
import { contradiction, proofOf } from '../proof.ts'
import type { Proof } from '../proof.ts'
import { seal } from '../seal.ts'

export interface CloneTask {
  readonly template: string
  /** What the copy is to hold; undefined when only the copying is checked. */
  readonly proof: Proof | undefined
  readonly path: string
  readonly journalMode: JournalMode
}

/** Copies a template, sets the journal mode and checks the copy. Gives the identity of the new file. */
export function cloneDatabase({ template, proof, path, journalMode }: CloneTask): string {
  // A WAL that an earlier holder left would be replayed into the new file.
  for (const file of filesOf(path)) rmSync(file, { force: true })
  copyFileSync(template, path, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  chmodSync(path, 0o600)
  const db = new (sqliteDriver())(path, { fileMustExist: true })
  try {
    db.pragma('synchronous = OFF')
    const mode = db.pragma(`journal_mode = ${journalMode}`, { simple: true })
    if (mode !== journalMode) {
      throw cloneError(path, template, `SQLite kept journal mode "${String(mode)}"`)
    }
    const wrong = proof === undefined ? undefined : contradiction(proof, proofOf(db))
    if (wrong !== undefined) throw cloneError(path, template, wrong)
  } finally {
    db.close()
  }
  seal(path)
  return identityOf(path)
}

function cloneError(path: string, template: string, wrong: string): IsolaneError {
  return new IsolaneError('ISOLANE_CLONE', {
    message: `The copy ${path} of the template ${template} is not like it: ${wrong}.`,
    hint: `remove the directory of the template, so that the next run builds it again.`,
    details: { path, template, wrong },
  })
}
