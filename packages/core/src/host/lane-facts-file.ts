import { randomBytes } from 'node:crypto'
import { closeSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { laneFilePath } from '../shared/protocol.ts'
import type { LaneFile } from '../shared/protocol.ts'

/** Digits that a generation may have; JSON allows blanks around a number. */
const digits = 16
const key = '"generation":'

/**
 * The file in which the processes of a lane read what it is. Every reset raises the generation in it, in place: making the
 * file anew would take longer than the reset itself.
 */
export class LaneFactsFile {
  #file: number | undefined
  #position = 0

  /** Writes the file, in one step. */
  write(content: LaneFile): void {
    this.close()
    const { dir, generation } = content
    const path = laneFilePath(dir)
    const next = `${path}.${randomBytes(4).toString('hex')}`
    const { generation: _, ...rest } = content
    // First, so that nothing before it can look like it.
    const start = `{${key}`
    const text = `${start}${padded(generation)},${JSON.stringify(rest).slice(1)}`
    writeFileSync(next, text, { mode: 0o600 })
    renameSync(next, path)
    this.#position = start.length
    this.#file = openSync(path, 'r+')
  }

  /** Writes the generation alone, into the file of the last `write`. */
  raise(generation: number): void {
    if (this.#file !== undefined) writeSync(this.#file, padded(generation), this.#position)
  }

  /** Before the file is removed: Windows keeps what is open. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}

function padded(generation: number): string {
  return String(generation).padStart(digits)
}
