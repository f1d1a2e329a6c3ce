import { readSync, writeSync } from 'node:fs'

/** Bytes from `position` on, fewer at the end of the file. */
export function readAt(file: number, position: number, sizeBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(sizeBytes)
  return bytes.subarray(0, readSync(file, bytes, 0, sizeBytes, position))
}

/** Writes all bytes. */
export function writeAt(file: number, position: number, bytes: Buffer): void {
  let written = 0
  while (written < bytes.length) {
    written += writeSync(file, bytes, written, bytes.length - written, position + written)
  }
}
