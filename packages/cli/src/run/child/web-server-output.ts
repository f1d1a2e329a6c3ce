import { stripVTControlCharacters } from 'node:util'
import { webServerMessage } from '../shared/web-servers.ts'
import type { WebServerMessage, WebServerPlan } from '../shared/web-servers.ts'

const LAST_LINES = 20

/** The part of a Playwright reporter that a web server prints to. */
export class WebServerOutput {
  readonly #shown: Readonly<Record<'stdout' | 'stderr', boolean>>
  readonly #prefix: string
  readonly #send: (message: WebServerMessage) => void
  #text = ''

  constructor({ options }: WebServerPlan, send: (message: WebServerMessage) => void) {
    const debug = /\bpw:(?:\*|webserver)/.test(process.env['DEBUG'] ?? '')
    this.#shown = {
      stdout: debug || options.stdout === 'pipe',
      stderr: debug || options.stderr !== 'ignore',
    }
    this.#prefix = `[${options.name ?? 'WebServer'}] `
    this.#send = send
  }

  onStdOut(text: string): void {
    this.#print('stdout', text)
  }

  onStdErr(text: string): void {
    this.#print('stderr', text)
  }

  /** The end of what it printed, without control characters and without Playwright's prefix. */
  lastLines(): readonly string[] {
    const text = stripVTControlCharacters(this.#text)
      // oxlint-disable-next-line no-control-regex -- what a server prints is hostile to terminals
      .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
      .trimEnd()
    if (text === '') return []
    const lines = text.split('\n').slice(-LAST_LINES)
    return lines.map((line) =>
      line.startsWith(this.#prefix) ? line.slice(this.#prefix.length) : line,
    )
  }

  #print(stream: 'stdout' | 'stderr', text: string): void {
    this.#text = (this.#text + text).slice(-65_536)
    if (!this.#shown[stream]) return
    this.#send({ method: webServerMessage, params: { kind: 'output', stream, text } })
  }
}
