import type { WriteStream } from 'node:tty'
import type { Progress } from '@isolane/flake'
import pc from 'picocolors'

/** Longest line where nothing else sets one. */
const longest = 400

/** Progress on standard error: one line that changes on a terminal, a line for each step elsewhere. */
export class StderrProgress implements Progress {
  readonly #stream: WriteStream
  readonly #paint: ReturnType<typeof pc.createColors>
  #open = false

  constructor(stream: WriteStream, color: boolean) {
    this.#stream = stream
    this.#paint = pc.createColors(color)
  }

  step(text: string): void {
    const line = `isolane · ${withoutCommand(text)}`
    if (!this.#stream.isTTY) {
      this.#stream.write(`${line.length > longest ? `${line.slice(0, longest - 1)}…` : line}\n`)
      return
    }
    const { columns } = this.#stream
    const short = line.length < columns ? line : `${line.slice(0, columns - 2)}…`
    this.#stream.write(`\r\u001B[2K${this.#paint.dim(short)}`)
    this.#open = true
  }

  note(text: string): void {
    this.end()
    this.#stream.write(`isolane: ${withoutCommand(text)}\n`)
  }

  /** Removes the changing line. */
  end(): void {
    if (!this.#open) return
    this.#stream.write('\r\u001B[2K')
    this.#open = false
  }
}

// GitHub obeys `##[group]` wherever it stands, in the name of a test too.
function withoutCommand(text: string): string {
  return text.replaceAll('##[', '## [')
}
