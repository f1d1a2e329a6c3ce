import { randomBytes } from 'node:crypto'
import { closeSync, fchmodSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import type { Database } from 'better-sqlite3'

// Bytes of the file header that say nothing about the content: journal mode (18-19), change counter (24-27),
// schema cookie (40-43, raised by every restore so that open connections prepare their statements again),
// version-valid-for and SQLite version (92-99). https://www.sqlite.org/fileformat2.html#the_database_header
const meaningful = [
  [0, 18],
  [20, 24],
  [28, 40],
  [44, 92],
  [100, Infinity],
] as const

/** A database's pages, as one consistent copy in memory. Other connections may stay open. */
export function imageOf(db: Database): Buffer {
  if (db.inTransaction) return db.serialize()
  // serialize() does not wait for a lock, and does not say that it met one: hold a read lock before.
  db.exec('BEGIN')
  try {
    db.prepare('SELECT count(*) FROM sqlite_schema').get()
    return db.serialize()
  } finally {
    db.exec('ROLLBACK')
  }
}

/** True when two images hold the same schema and the same content, page by page. */
export function sameImage(left: Buffer, right: Buffer): boolean {
  if (left.length !== right.length) return false
  return meaningful.every(([from, to]) => {
    const end = Math.min(to, left.length)
    return from >= end || left.compare(right, from, end, from, end) === 0
  })
}

/** Numbers of the pages in which two images differ, with their content in the left one; the first is among them. */
export function pagesThatDiffer(left: Buffer, right: Buffer): Map<number, Buffer> {
  const sizeBytes = pageSizeOf(left)
  const found = new Map<number, Buffer>()
  for (let from = 0; from < Math.max(left.length, right.length); from += sizeBytes) {
    const page = left.subarray(from, from + sizeBytes)
    const other = right.subarray(from, from + sizeBytes)
    if (from === 0 ? !sameImage(page, other) : !page.equals(other)) {
      found.set(from / sizeBytes + 1, page)
    }
  }
  return found.size === 0 ? found : found.set(1, left.subarray(0, sizeBytes))
}

/** Page size in bytes, read from an image's header. */
export function pageSizeOf(image: Buffer): number {
  const field = image.readUInt16BE(16)
  return field === 1 ? 65_536 : field
}

/** Writes an image as a database file (0600) without a journal, replacing `path` in one step. */
export function writeImage(path: string, image: Buffer): void {
  // The header of a WAL database would make every reader look for a WAL that is not there.
  image[18] = 1
  image[19] = 1
  const temporary = `${path}.${randomBytes(4).toString('hex')}`
  const file = openSync(temporary, 'wx', 0o600)
  try {
    fchmodSync(file, 0o600)
    let written = 0
    while (written < image.length) written += writeSync(file, image, written)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
}
