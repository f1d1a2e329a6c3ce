import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import type { Checksum, WalIndex } from './wal-index.ts'

// https://www.sqlite.org/fileformat2.html#the_write_ahead_log
const walHeaderBytes = 32
const frameHeaderBytes = 24

/**
 * The pages written by the committed frames behind frame `after`, each with its last content; undefined when one of
 * the frames belongs to another WAL. Hold the write lock.
 */
export function readFrames(
  path: string,
  index: WalIndex,
  after: number,
): Map<number, Buffer> | undefined {
  const frameBytes = frameHeaderBytes + index.pageSizeBytes
  const bytes = Buffer.allocUnsafe((index.frames - after) * frameBytes)
  const got = withWal(path, 'r', (file) => {
    return readSync(file, bytes, 0, bytes.length, walHeaderBytes + after * frameBytes)
  })
  if (got < bytes.length) return undefined
  const pages = new Map<number, Buffer>()
  for (let at = 0; at < bytes.length; at += frameBytes) {
    if (bytes.toString('hex', at + 8, at + 16) !== index.salts) return undefined
    pages.set(bytes.readUInt32BE(at), bytes.subarray(at + frameHeaderBytes, at + frameBytes))
  }
  return pages
}

/**
 * Writes pages behind the last committed frame, as one transaction that leaves the database `size` pages long. Gives
 * the checksum of its last frame. Nobody sees them before the index is made again. Hold the write lock.
 */
export function appendFrames(
  path: string,
  index: WalIndex,
  pages: readonly (readonly [number: number, content: Buffer])[],
  size: number,
): Checksum {
  const frameBytes = frameHeaderBytes + index.pageSizeBytes
  const bytes = Buffer.from(new ArrayBuffer(pages.length * frameBytes))
  let checksum = index.checksum
  for (const [order, [number, content]] of pages.entries()) {
    const at = order * frameBytes
    bytes.writeUInt32BE(number, at)
    bytes.writeUInt32BE(order === pages.length - 1 ? size : 0, at + 4)
    bytes.write(index.salts, at + 8, 'hex')
    content.copy(bytes, at + frameHeaderBytes)
    checksum = checksumOf(bytes, at, 8, checksum)
    checksum = checksumOf(bytes, at + frameHeaderBytes, index.pageSizeBytes, checksum)
    bytes.writeUInt32BE(checksum[0], at + 16)
    bytes.writeUInt32BE(checksum[1], at + 20)
  }
  const start = walHeaderBytes + index.frames * frameBytes
  withWal(path, 'r+', (file) => {
    let written = 0
    while (written < bytes.length) {
      written += writeSync(file, bytes, written, bytes.length - written, start + written)
    }
  })
  return checksum
}

// The WAL may be opened and closed at will: the locks that SQLite holds in this process, and that closing a file
// drops, are on the database and the -shm file.
function withWal<Result>(path: string, flags: string, work: (file: number) => Result): Result {
  const file = openSync(`${path}-wal`, flags)
  try {
    return work(file)
  } finally {
    closeSync(file)
  }
}

// https://www.sqlite.org/fileformat2.html#checksum_algorithm, with little-endian words.
function checksumOf(bytes: Buffer, from: number, sizeBytes: number, before: Checksum): Checksum {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + from, sizeBytes / 4)
  let [first, second] = before
  for (let word = 0; word < words.length; word += 2) {
    first = (first + (words[word] ?? 0) + second) | 0
    second = (second + (words[word + 1] ?? 0) + first) | 0
  }
  return [first >>> 0, second >>> 0]
}
