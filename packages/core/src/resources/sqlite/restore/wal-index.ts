import { readSync, writeSync } from 'node:fs'
import { endianness } from 'node:os'

/**
 * What the `-shm` file says of the WAL. All versions of SQLite share this format; its integers are in the machine's
 * byte order. https://www.sqlite.org/walformat.html#the_wal_index_file_format
 */
export interface WalIndex {
  /** Number of the last committed frame. */
  readonly frames: number
  /** Pages of the database at that frame. */
  readonly pages: number
  readonly pageSizeBytes: number
  /** Checksum of that frame. */
  readonly checksum: Checksum
  /** Drawn anew whenever the WAL is written from its start again. */
  readonly salts: string
  /** Frames that were copied into the database file. */
  readonly copied: number
  /** Frames that a checkpoint was to copy, at the last attempt. */
  readonly toBeCopied: number
  /** For readers 1 to 4 the last frame they see; a reader that is gone leaves its own behind. */
  readonly readers: readonly number[]
}

export type Checksum = readonly [number, number]

const headerBytes = 48
const indexBytes = 136
/** Windows refuses to read what is locked: behind these are the bytes that SQLite locks. */
const unlockedBytes = 120
const indexVersion = 3_007_000
const noReader = 0xffff_ffff

/** Reads the index; undefined when it is not in order, or in another byte order. Hold the write lock. */
export function readWalIndex(file: number): WalIndex | undefined {
  if (endianness() !== 'LE') return undefined
  const bytes = Buffer.alloc(indexBytes)
  const wanted = process.platform === 'win32' ? unlockedBytes : indexBytes
  if (readSync(file, bytes, 0, wanted, 0) < wanted) return undefined
  const copiesAgree = bytes.compare(bytes, headerBytes, 2 * headerBytes, 0, headerBytes) === 0
  if (!copiesAgree || bytes.readUInt32LE(0) !== indexVersion) return undefined
  const [isReady, bigEndianChecksums] = [bytes[12], bytes[13]]
  if (isReady !== 1 || bigEndianChecksums !== 0) return undefined
  const pageSize = bytes.readUInt16LE(14)
  return {
    frames: bytes.readUInt32LE(16),
    pages: bytes.readUInt32LE(20),
    pageSizeBytes: (pageSize & 0xfe00) + ((pageSize & 1) << 16),
    checksum: [bytes.readUInt32LE(24), bytes.readUInt32LE(28)],
    salts: bytes.toString('hex', 32, 40),
    copied: bytes.readUInt32LE(96),
    toBeCopied: bytes.readUInt32LE(128),
    readers: [104, 108, 112, 116].map((position) => bytes.readUInt32LE(position)),
  }
}

/**
 * Leaves the index as a writer leaves it that is killed while it announces its commit. Whoever looks next finds the
 * header broken, and makes the index again from those frames of the WAL whose checksums are right. Hold the write lock.
 */
export function breakWalIndex(file: number): void {
  writeSync(file, Buffer.alloc(2 * headerBytes), 0, 2 * headerBytes, 0)
}

/**
 * Whether somebody still reads an earlier state. Only of an index that was just made again: that takes away the marks
 * of readers that are gone.
 */
export function hasOldReaders({ frames, readers }: WalIndex): boolean {
  return readers.some((frame) => frame !== noReader && frame !== frames)
}
