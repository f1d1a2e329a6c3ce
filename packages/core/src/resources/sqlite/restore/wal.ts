import { closeSync, openSync, readSync } from 'node:fs'
import { writeAt } from './file-bytes.ts'
import type { Checksum, WalIndex } from './wal-index.ts'

// https://www.sqlite.org/fileformat2.html#the_write_ahead_log
const walHeaderBytes = 32
const frameHeaderBytes = 24

/**
 * A WAL, opened beside SQLite for as long as the write lock is held. It may be opened and closed at will: the locks that
 * SQLite holds in this process, and that closing a file drops, are on the database and the -shm file. Dispose of it with
 * `using`.
 */
export class Wal implements Disposable {
  readonly #file: number
  readonly #index: WalIndex
  readonly #frameBytes: number

  constructor(path: string, index: WalIndex) {
    this.#file = openSync(`${path}-wal`, 'r+')
    this.#index = index
    this.#frameBytes = frameHeaderBytes + index.pageSizeBytes
  }

  /**
   * The pages written by the committed frames behind frame `after`, each with its last content, and the shortest that
   * the database became meanwhile, in pages: what was behind that is lost. Undefined when one of the frames belongs to
   * another WAL.
   */
  read(after: number): { pages: Map<number, Buffer>; shortest: number } | undefined {
    const { frames, salts } = this.#index
    const bytes = Buffer.allocUnsafe((frames - after) * this.#frameBytes)
    const got = readSync(this.#file, bytes, 0, bytes.length, this.#positionBehind(after))
    if (got < bytes.length) return undefined
    const pages = new Map<number, Buffer>()
    let shortest = Infinity
    for (let at = 0; at < bytes.length; at += this.#frameBytes) {
      if (bytes.toString('hex', at + 8, at + 16) !== salts) return undefined
      const content = bytes.subarray(at + frameHeaderBytes, at + this.#frameBytes)
      pages.set(bytes.readUInt32BE(at), content)
      // Zero in a frame that ends no transaction.
      const sizeInPages = bytes.readUInt32BE(at + 4)
      if (sizeInPages > 0) shortest = Math.min(shortest, sizeInPages)
    }
    return { pages, shortest }
  }

  /**
   * Writes pages behind the last committed frame, as one transaction that leaves the database `size` pages long. Gives
   * the checksum of its last frame. Nobody sees them before the index is made again.
   */
  append(pages: readonly (readonly [number: number, content: Buffer])[], size: number): Checksum {
    const { frames, salts, pageSizeBytes } = this.#index
    const bytes = Buffer.from(new ArrayBuffer(pages.length * this.#frameBytes))
    let { checksum } = this.#index
    for (const [order, [number, content]] of pages.entries()) {
      const at = order * this.#frameBytes
      bytes.writeUInt32BE(number, at)
      bytes.writeUInt32BE(order === pages.length - 1 ? size : 0, at + 4)
      bytes.write(salts, at + 8, 'hex')
      content.copy(bytes, at + frameHeaderBytes)
      checksum = checksumOf(bytes, at, 8, checksum)
      checksum = checksumOf(bytes, at + frameHeaderBytes, pageSizeBytes, checksum)
      bytes.writeUInt32BE(checksum[0], at + 16)
      bytes.writeUInt32BE(checksum[1], at + 20)
    }
    writeAt(this.#file, this.#positionBehind(frames), bytes)
    return checksum
  }

  #positionBehind(frame: number): number {
    return walHeaderBytes + frame * this.#frameBytes
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
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
