import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const MOST_BYTES = 256 * 1024

/** A server's log: a mark taken before a test gives what was printed during it. */
export class LogFile {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** The present end of the log, in bytes. */
  mark(): number {
    return this.#read(Infinity).end
  }

  /** What was printed since `mark`; only the last 256 KiB of it when it is more. */
  since(mark: number): string {
    return this.#read(mark).text
  }

  /** The last lines of the log. */
  tail(lines: number): string {
    return this.#read(0).text.trimEnd().split('\n').slice(-lines).join('\n')
  }

  #read(from: number): { text: string; end: number } {
    let file: number
    try {
      file = openSync(this.path, 'r')
    } catch {
      // Disposed of with its lane: there is nothing to read any more.
      return { text: '', end: 0 }
    }
    try {
      const end = fstatSync(file).size
      const start = Math.max(Math.min(from, end), end - MOST_BYTES)
      const bytes = Buffer.alloc(end - start)
      const read = readSync(file, bytes, 0, bytes.length, start)
      return { text: bytes.toString('utf8', 0, read), end }
    } finally {
      closeSync(file)
    }
  }
}
