import { closeSync, fstatSync, openSync } from 'node:fs'
import { pageSizeOf } from '../image.ts'
import { readAt } from './file-bytes.ts'

/** What of a file's header is no content, and must not go back to what it was at the base. */
export interface LiveHeader {
  /** Read and write version: 2 in WAL mode, else 1. */
  readonly version: number
  readonly changeCounter: number
  /** A connection reads the schema again when it finds another cookie than it knows. */
  readonly schemaCookie: number
}

const headerBytes = 100
const usualPageBytes = 4_096
const interiorTable = 5

/** The pages a reset returns to, read one by one from the base's file. Dispose of it with `using`. */
export class BaseImage implements Disposable {
  readonly #file: number
  readonly #first: Buffer
  readonly sizeBytes: number
  readonly pageSizeBytes: number
  readonly pages: number

  constructor(path: string) {
    this.#file = openSync(path, 'r')
    this.sizeBytes = fstatSync(this.#file).size
    const start = this.read(0, usualPageBytes)
    this.pageSizeBytes = start.length === 0 ? 0 : pageSizeOf(start)
    this.pages = start.length === 0 ? 0 : this.sizeBytes / this.pageSizeBytes
    this.#first =
      this.pageSizeBytes <= start.length
        ? start.subarray(0, this.pageSizeBytes)
        : this.read(0, this.pageSizeBytes)
  }

  /** Bytes from `position` on, fewer at the end of the file. */
  read(position: number, sizeBytes: number): Buffer {
    return readAt(this.#file, position, sizeBytes)
  }

  /** Not to be written to. */
  page(number: number): Buffer {
    if (number === 1) return this.#first
    return this.read((number - 1) * this.pageSizeBytes, this.pageSizeBytes)
  }

  /** The first page, with another header. */
  firstPage({ version, changeCounter, schemaCookie }: LiveHeader): Buffer {
    const page = Buffer.from(this.#first)
    page.writeUInt8(version, 18)
    page.writeUInt8(version, 19)
    page.writeUInt32BE(changeCounter, 24)
    page.writeUInt32BE(schemaCookie, 40)
    page.writeUInt32BE(changeCounter, 92)
    return page
  }

  get header(): LiveHeader {
    return headerOf(this.#first)
  }

  /** Numbers of the pages that hold the table of the schema, the first page among them. */
  schemaPages(): Set<number> {
    const found = new Set<number>()
    const visit = (number: number): void => {
      if (found.has(number)) return
      found.add(number)
      const page = this.page(number)
      const start = number === 1 ? headerBytes : 0
      if (page[start] !== interiorTable) return
      const cells = page.readUInt16BE(start + 3)
      for (let cell = 0; cell < cells; cell++) {
        visit(page.readUInt32BE(page.readUInt16BE(start + 12 + 2 * cell)))
      }
      visit(page.readUInt32BE(start + 8))
    }
    visit(1)
    return found
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }
}

/** Reads a header. https://www.sqlite.org/fileformat2.html#the_database_header */
export function headerOf(firstPage: Buffer): LiveHeader {
  return {
    version: firstPage.readUInt8(18),
    changeCounter: firstPage.readUInt32BE(24),
    schemaCookie: firstPage.readUInt32BE(40),
  }
}

/**
 * The cookie after a reset. It must be a new one when the schema was touched, because a connection that knows the
 * touched schema must read it again; otherwise it stays, and with it every prepared statement.
 *
 * @param live the first page before the reset, undefined when nobody wrote to it.
 * @param last the cookie that the reset before this one left.
 * @param isTouched whether a page, not the first, was written to.
 */
export function nextCookie(
  base: BaseImage,
  live: Buffer | undefined,
  last: number,
  isTouched: (page: number) => boolean,
): number {
  const found = live === undefined ? last : headerOf(live).schemaCookie
  const touched = (page: number): boolean => {
    if (page !== 1) return isTouched(page)
    return (
      live !== undefined && !live.subarray(headerBytes).equals(base.page(1).subarray(headerBytes))
    )
  }
  if (found === last && ![...base.schemaPages()].some(touched)) return found
  return (Math.max(found, last) + 1) >>> 0
}
