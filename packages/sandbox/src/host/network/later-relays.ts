import { closeSync, constants, openSync } from 'node:fs'
import net from 'node:net'
import { laterLink } from '../../shared/helper-plan.ts'
import type { RelayPlan } from '../../shared/helper-plan.ts'

/** How long a helper may take to listen, in ms. It has a process of its own, which has nothing else to do. */
const ANSWER_MS = 30_000

/**
 * Tells the helpers of sandboxes that run already which services listen now. A helper that connects hears of all of
 * them; its command does not start before that. Each list that it has done it answers with a line.
 */
export class LaterRelays {
  readonly #server: net.Server
  readonly #fd: number
  readonly #helpers = new Set<Helper>()
  readonly #relays = new Map<string, RelayPlan>()

  /** @param directory that of the run. */
  constructor(directory: string) {
    // The path of a unix socket has a limit of 107 bytes, which the directory's own may exceed.
    this.#fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY)
    this.#server = net.createServer((socket) => {
      const helper = new Helper(socket)
      this.#helpers.add(helper)
      socket.unref().once('close', () => this.#helpers.delete(helper))
      void helper.tell([...this.#relays.values()])
    })
    this.#server.listen({ path: `/proc/self/fd/${this.#fd}/${laterLink}`, backlog: 511 }).unref()
  }

  /** Notes what listens now, and waits until every sandbox that runs has what is new. */
  async add(relays: readonly RelayPlan[]): Promise<void> {
    const fresh = relays.filter(({ address, port }) => !this.#relays.has(`${address} ${port}`))
    if (fresh.length === 0) return
    for (const one of fresh) this.#relays.set(`${one.address} ${one.port}`, one)
    await Promise.all([...this.#helpers].map((helper) => helper.tell(fresh)))
  }

  /** Ports that were let through later than a sandbox began. */
  has(port: number): boolean {
    return [...this.#relays.values()].some((relay) => relay.port === port)
  }

  /** Idempotent. */
  close(): void {
    if (!this.#server.listening) return
    this.#server.close()
    for (const helper of this.#helpers) helper.close()
    closeSync(this.#fd)
  }
}

class Helper {
  readonly #socket: net.Socket
  readonly #waiting: (() => void)[] = []

  constructor(socket: net.Socket) {
    this.#socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      for (const sign of text) if (sign === '\n') this.#waiting.shift()?.()
    })
    // Its sandbox has ended.
    socket.on('error', () => undefined)
    socket.once('close', () => this.#waiting.splice(0).forEach((done) => done()))
  }

  async tell(relays: readonly RelayPlan[]): Promise<void> {
    await new Promise<void>((done) => {
      const timer = setTimeout(done, ANSWER_MS)
      this.#waiting.push(() => {
        clearTimeout(timer)
        done()
      })
      this.#socket.write(`${JSON.stringify(relays)}\n`)
    })
  }

  close(): void {
    this.#socket.destroy()
  }
}
