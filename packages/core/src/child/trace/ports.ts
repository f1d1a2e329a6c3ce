import type { Server, Socket } from 'node:net'
import type { Touches } from './touches.ts'

/** A server begins to listen; `args` are those of `listen`. */
export function listening(touches: Touches, args: readonly unknown[]): void {
  const target = targetOf(args)
  if (target !== undefined) touches.listened(target.port)
}

/** A socket begins to connect; `args` are those of `connect`. Only this machine's ports are anybody's affair. */
export function connecting(touches: Touches, socket: Socket, args: readonly unknown[]): void {
  const target = targetOf(args)
  if (target === undefined || !isLoopback(target.host)) return
  const isThere = touches.connecting(target.port)
  if (isThere !== undefined) socket.once('connect', isThere)
}

/** Where a server listens, for messages. */
export function addressOf(server: Server): string {
  const address = server.address()
  if (address === null) return 'a port'
  return typeof address === 'string' ? address : `port ${address.port}`
}

/** What `listen` and `connect` are asked for; undefined for a path, a handle or nothing at all. */
function targetOf(args: readonly unknown[]): { port: number; host: unknown } | undefined {
  // Node.js hands normalized arguments on as one array.
  const [first, second] = Array.isArray(args[0]) ? (args[0] as readonly unknown[]) : args
  if (typeof first === 'object' && first !== null) {
    const { port, host } = first as { readonly port?: unknown; readonly host?: unknown }
    return withPort(port, host)
  }
  return withPort(first, second)
}

function withPort(port: unknown, host: unknown): { port: number; host: unknown } | undefined {
  const isNumber = typeof port === 'number' || (typeof port === 'string' && /^\d+$/.test(port))
  return isNumber ? { port: Number(port), host } : undefined
}

function isLoopback(host: unknown): boolean {
  if (typeof host !== 'string' || host === '') return true
  return /^(?:localhost|.*\.localhost|127(?:\.\d+){3}|0\.0\.0\.0|::1?|::ffff:127\..*)$/i.test(host)
}
