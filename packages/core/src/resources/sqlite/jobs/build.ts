import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs'
import { chmodSync } from 'node:fs'
import { IsolaneError } from '@isolane/record/worker'
import type { Database } from 'better-sqlite3'
import { sqliteDriver } from '../../../shared/sqlite-driver.ts'
import { filesOf } from '../files.ts'
import { proofOf } from '../proof.ts'
import type { Proof } from '../proof.ts'
import { splitStatements } from '../statements.ts'
import type { FromDatabase, SchemaFile } from '../template-inputs.ts'

export interface ImportTask {
  readonly path: string
  readonly from: FromDatabase | undefined
}

export interface SchemaTask {
  readonly path: string
  readonly files: readonly SchemaFile[]
}

export interface FinishTask {
  readonly path: string
  /** Broken foreign keys that were there before we began. */
  readonly violations: number
}

/** Makes the file: empty, or a copy of an existing database. Gives the number of foreign keys broken in it. */
export async function importDatabase({ path, from }: ImportTask): Promise<number> {
  if (from !== undefined) await copyDatabase(from, path)
  const db = open(path)
  try {
    db.pragma('journal_mode = DELETE')
    // An empty file is not a database yet: this writes its header.
    db.exec('BEGIN IMMEDIATE; COMMIT')
    chmodSync(path, 0o600)
    return (db.pragma('foreign_key_check') as unknown[]).length
  } finally {
    db.close()
  }
}

/** Runs SQL files on the template. */
export function applySchema({ path, files }: SchemaTask): void {
  const db = open(path)
  try {
    // As in a dump: rows may come before those they point to. The finished template is checked.
    db.pragma('foreign_keys = OFF')
    for (const [index, file] of files.entries()) {
      try {
        db.exec(file.text)
      } catch (cause) {
        throw schemaError(files.slice(0, index), file, cause)
      }
      if (db.inTransaction) {
        throw new IsolaneError('ISOLANE_TEMPLATE', {
          message: `The SQL file ${file.name} leaves a transaction open.`,
          hint: `end it with COMMIT, or remove its BEGIN: ${file.name} needs no transaction.`,
          details: { file: file.name },
        })
      }
    }
  } finally {
    db.close()
  }
}

/** Puts everything into the one file, checks it and reads its proof. */
export function finishTemplate({ path, violations }: FinishTask): Proof {
  const db = open(path)
  let proof: Proof
  try {
    db.pragma('busy_timeout = 1000')
    const [checkpoint] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    if (
      checkpoint?.busy === 1 ||
      db.pragma('journal_mode = DELETE', { simple: true }) !== 'delete'
    ) {
      throw stillOpen(path)
    }
    const problems = (db.pragma('integrity_check') as { integrity_check: string }[])
      .map((row) => row.integrity_check)
      .filter((line) => line !== 'ok')
    if (problems.length > 0) {
      throw new IsolaneError('ISOLANE_TEMPLATE', {
        message: `The database template is damaged:\n  ${problems.slice(0, 5).join('\n  ')}`,
        hint: 'look at the files or the command it is made from.',
        details: { problems },
      })
    }
    const broken = db.pragma('foreign_key_check') as {
      table: string
      rowid: number | null
      parent: string
    }[]
    if (broken.length > violations) throw brokenKeys(broken)
    proof = proofOf(db)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY')
      throw stillOpen(path)
    throw error
  } finally {
    db.close()
  }
  const file = openSync(path, 'r+')
  fsyncSync(file)
  closeSync(file)
  for (const left of filesOf(path).slice(1)) rmSync(left, { force: true })
  return proof
}

function open(path: string): Database {
  const db = new (sqliteDriver())(path)
  db.pragma('synchronous = OFF')
  return db
}

// Opening a WAL database only to read it leaves -wal and -shm files beside it. Where there is no WAL, nobody has
// unwritten pages, and the file alone is the database; nor has a connection of this process a lock on it to lose when
// the file is opened and closed.
async function copyDatabase({ path: from, file }: FromDatabase, path: string): Promise<void> {
  if (isWal(from, file) && !existsSync(`${from}-wal`)) {
    const before = statSync(from, { bigint: true })
    copyFileSync(from, path, constants.COPYFILE_FICLONE)
    chmodSync(path, 0o600)
    const after = statSync(from, { bigint: true })
    if (!existsSync(`${from}-wal`) && after.mtimeNs === before.mtimeNs) return
    rmSync(path, { force: true })
  }
  try {
    const source = new (sqliteDriver())(from, { readonly: true, fileMustExist: true })
    try {
      await source.backup(path, { progress: () => 0x7fff_ffff })
    } finally {
      source.close()
    }
  } catch (cause) {
    throw new IsolaneError('ISOLANE_TEMPLATE', {
      message: `The database of sqlite({ from }) cannot be read: ${from}: ${messageOf(cause)}`,
      hint: 'name a SQLite database file in sqlite({ from }).',
      details: { from },
      cause,
    })
  }
}

function isWal(path: string, held: number | undefined): boolean {
  const header = Buffer.alloc(20)
  const file = held ?? openSync(path, 'r')
  try {
    readSync(file, header, 0, 20, 0)
  } finally {
    if (held === undefined) closeSync(file)
  }
  return header[18] === 2
}

// SQLite does not say where in a file it stopped. Running the statements one by one elsewhere does.
function schemaError(
  before: readonly SchemaFile[],
  file: SchemaFile,
  cause: unknown,
): IsolaneError {
  const said = messageOf(cause)
  const failed = findStatement(before, file, said)
  const place = failed === undefined ? file.name : `${file.name}:${failed.line}`
  const [firstLine = ''] = failed?.text.split('\n') ?? []
  return new IsolaneError('ISOLANE_TEMPLATE', {
    message: `${place}: ${said}${firstLine === '' ? '' : `\n  ${firstLine.slice(0, 120)}`}`,
    hint: `correct the SQL in ${file.name}.`,
    details: { file: file.name, line: failed?.line, statement: failed?.text },
    cause,
  })
}

function findStatement(before: readonly SchemaFile[], file: SchemaFile, said: string) {
  const db = new (sqliteDriver())(':memory:')
  try {
    db.pragma('foreign_keys = OFF')
    for (const earlier of before) db.exec(earlier.text)
    for (const statement of splitStatements(file.text)) {
      try {
        db.exec(statement.text)
      } catch (error) {
        return messageOf(error) === said ? statement : undefined
      }
    }
  } catch {
    return undefined
  } finally {
    db.close()
  }
  return undefined
}

function brokenKeys(broken: readonly { table: string; rowid: number | null; parent: string }[]) {
  const lines = broken
    .slice(0, 5)
    .map(
      ({ table, rowid, parent }) =>
        `  ${table}${rowid === null ? '' : ` row ${rowid}`} -> ${parent}`,
    )
  return new IsolaneError('ISOLANE_TEMPLATE', {
    message: `Rows of the database template point to rows that are not there (${broken.length}):\n${lines.join('\n')}`,
    hint: 'insert the rows they point to, or remove the rows.',
    details: { violations: broken.slice(0, 100) },
  })
}

function stillOpen(path: string): IsolaneError {
  return new IsolaneError('ISOLANE_TEMPLATE', {
    message: `The database template ${path} is still in use after its migration and seed.`,
    hint: 'close every connection that the seed function or the migrate command opens.',
    details: { path },
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
