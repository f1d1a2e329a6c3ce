import { existsSync, statSync, utimesSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { SqliteData } from './data.ts'
import { identityFrom } from './files.ts'

/**
 * A modification time that no write leaves: whoever writes to the file sets the time of that moment. Found again
 * on a database that nobody has open it proves that nothing was written, without opening it. Files are only named here,
 * never opened: closing one would drop the POSIX locks that SQLite holds on it in this process.
 */
const sealedAt = new Date('2000-01-01T00:00:00Z')

/** Seals a database that nobody has open, or is in the middle of writing to when it has no WAL. */
export function seal(path: string): void {
  utimesSync(path, sealedAt, sealedAt)
}

/** True when nothing was written to the file itself since it was sealed; a WAL may hold more. */
export function isAsSealed(path: string): boolean {
  return statSync(path).mtimeMs === sealedAt.getTime()
}

/** True when no connection had the database open in WAL mode: ask before opening one of one's own. */
export function isAlone(path: string): boolean {
  return !existsSync(`${path}-wal`)
}

/**
 * True when nothing was written since the database was sealed, the file is still the one named by `file`, and no
 * connection has it open: one in WAL mode keeps a WAL beside it, so that a transaction left open is not missed.
 */
export async function isSealed({
  path,
  file,
  journalMode,
}: Pick<SqliteData, 'path' | 'file' | 'journalMode'>): Promise<boolean> {
  if (journalMode !== 'wal' || !isAlone(path)) return false
  const found = await stat(path, { bigint: true }).catch(() => undefined)
  return (
    found !== undefined &&
    identityFrom(found) === file &&
    found.mtimeMs === BigInt(sealedAt.getTime()) &&
    !existsSync(`${path}-journal`) &&
    isAlone(path)
  )
}
