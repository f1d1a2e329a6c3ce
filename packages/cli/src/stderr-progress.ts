import type { WriteStream } from 'node:tty'
import type { Progress } from '@isolane/flake'
import pc from 'picocolors'

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
    const line = `isolane · ${text}`
    if (!this.#stream.isTTY) {
      this.#stream.write(`${line}\n`)
      return
    }
    const { columns } = this.#stream
    const short = line.length < columns ? line : `${line.slice(0, columns - 2)}…`
    this.#stream.write(`\r\u001B[2K${this.#paint.dim(short)}`)
    this.#open = true
  }

  note(text: string): void {
    this.end()
    this.#stream.write(`isolane: ${text}\n`)
  }

  /** Removes the changing line. */
  end(): void {
    if (!this.#open) return
    this.#stream.write('\r\u001B[2K')
    this.#open = false
  }
}
