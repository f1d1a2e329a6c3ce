import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { Database } from 'better-sqlite3'

/**
 * A WAL that holds one frame of ours and nothing else. As long as its header and its length are these, nothing was
 * committed since: a commit appends frames, and a restart or a new WAL draws new salts for the header.
 * https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
export interface WalMark {
  readonly header: string
  readonly sizeBytes: number
}

const headerBytes = 32
const frameHeaderBytes = 24

/** Makes the running transaction commit one frame, by writing a setting to what it is. */
export function touchWal(db: Database): void {
  db.pragma(`user_version = ${Number(db.pragma('user_version', { simple: true }))}`)
}

/** Reads the mark of a database's WAL, which must not change meanwhile: hold the write lock. */
export function readWalMark(path: string): WalMark | undefined {
  // Only the WAL may be opened like this: closing a file drops all POSIX locks that this process holds on it, and
  // SQLite keeps its locks on the database and the -shm file.
  let file: number
  try {
    file = openSync(`${path}-wal`, 'r')
  } catch {
    return undefined
  }
  try {
    const header = Buffer.alloc(headerBytes)
    if (readSync(file, header, 0, headerBytes, 0) < headerBytes) return undefined
    return { header: header.toString('hex'), sizeBytes: fstatSync(file).size }
  } finally {
    closeSync(file)
  }
}

/** True when the WAL has one frame only. */
export function hasOneFrame(mark: WalMark, pageSizeBytes: number): boolean {
  return mark.sizeBytes === headerBytes + frameHeaderBytes + pageSizeBytes
}

export function sameMark(left: WalMark | undefined, right: WalMark | undefined): boolean {
  return (
    left !== undefined &&
    right !== undefined &&
    left.header === right.header &&
    left.sizeBytes === right.sizeBytes
  )
}
