import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { RecordLine } from './lines.ts'

/**
 * Appends lines to a record. Every line is handed to the operating system before `write` returns, so
 * all that was written survives the death of the process. The file is readable by its owner only.
 *
 * @example
 * const writer = new RecordWriter('.isolane/run.jsonl')
 * writer.write({ kind: 'warning', message: 'two tests have one name' })
 * writer.close()
 */
export class RecordWriter {
  readonly path: string
  #descriptor: number | undefined

  constructor(path: string) {
    this.path = path
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    this.#descriptor = openSync(path, 'a+', 0o600)
    if (!endsWithNewline(this.#descriptor)) writeSync(this.#descriptor, '\n')
  }

  /** Appends one line. Does nothing after `close`. */
  write(line: RecordLine): void {
    this.writeAll([line])
  }

  /** Appends lines, all at once. Does nothing after `close`. */
  writeAll(lines: readonly RecordLine[]): void {
    if (this.#descriptor === undefined || lines.length === 0) return
    const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.#descriptor, bytes, done)
    }
  }

  /** Closes the file. Harmless when it is closed. */
  close(): void {
    if (this.#descriptor === undefined) return
    closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}

// A writer that died in the middle of a line must not spoil the first line of the next one.
function endsWithNewline(descriptor: number): boolean {
  const { size } = fstatSync(descriptor)
  if (size === 0) return true
  const last = Buffer.alloc(1)
  readSync(descriptor, last, 0, 1, size - 1)
  return last.toString() === '\n'
}
