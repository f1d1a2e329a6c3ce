import { statSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { rm } from 'node:fs/promises'

/** The files that belong to a database file. */
export function filesOf(path: string): string[] {
  return ['', '-wal', '-shm', '-journal'].map((suffix) => path + suffix)
}

/** Removes a database with its journal files. Harmless when they are gone. */
export async function removeDatabase(path: string): Promise<void> {
  // Windows keeps files busy for a while after their last close.
  for (const file of filesOf(path).toReversed()) {
    await rm(file, { force: true, maxRetries: 10, retryDelay: 50 })
  }
}

/** Device and file number: another value at the same path means the file was replaced. */
export function identityOf(path: string): string {
  return identityFrom(statSync(path, { bigint: true }))
}

/** The same of a file that was looked at already. */
export function identityFrom({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`
}
