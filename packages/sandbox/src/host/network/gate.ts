import { closeSync, constants, openSync } from 'node:fs'
import net from 'node:net'
import { relay } from '../../shared/relay.ts'

/**
 * The host's end of the relays: a unix socket a service, in the directory of the run. Its handles never keep the
 * process alive.
 */
export class Gate {
  readonly #directory: string
  readonly #onRefused: (name: string, reason: string) => void
  readonly #links = new Map<string, string>()
  readonly #servers: net.Server[] = []
  readonly #sockets = new Set<net.Socket>()
  readonly #refused = new Set<string>()
  #fd: number | undefined

  /** @param onRefused hears once of every service that refuses a connection. */
  constructor(directory: string, onRefused: (name: string, reason: string) => void) {
    this.#directory = directory
    this.#onRefused = onRefused
  }

  /** Gives the name of the link that leads to a service; it may not listen yet. */
  linkTo(address: string, port: number): string {
    const name = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
    const known = this.#links.get(name)
    if (known !== undefined) return known
    const link = `link-${this.#links.size + 1}`
    this.#links.set(name, link)
    // The path of a unix socket has a limit of 107 bytes, which the directory's own may exceed.
    this.#fd ??= openSync(this.#directory, constants.O_RDONLY | constants.O_DIRECTORY)
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      this.#open(socket, name, { host: address, port })
    })
    // Node.js binds at once, though it says so later. Without a file descriptor left, connections break.
    server.on('error', (error) => this.#refuse(name, error.message))
    server.listen({ path: `/proc/self/fd/${this.#fd}/${link}`, backlog: 511 })
    server.unref()
    this.#servers.push(server)
    return link
  }

  /** Breaks all connections. Idempotent. */
  close(): void {
    for (const server of this.#servers.splice(0)) server.close()
    for (const socket of this.#sockets) socket.destroy()
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #open(link: net.Socket, name: string, target: { host: string; port: number }): void {
    const service = net.connect({ ...target, allowHalfOpen: true, noDelay: true })
    service.once('error', (error) => {
      if (service.bytesRead === 0 && service.remoteAddress === undefined) {
        this.#refuse(name, error.message)
      }
    })
    for (const socket of [link, service]) {
      this.#sockets.add(socket)
      socket.unref().once('close', () => this.#sockets.delete(socket))
    }
    relay(service, link)
  }

  #refuse(name: string, reason: string): void {
    if (this.#refused.has(name)) return
    this.#refused.add(name)
    this.#onRefused(name, reason)
  }
}
