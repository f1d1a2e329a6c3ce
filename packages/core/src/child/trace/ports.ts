import type { Server, Socket } from 'node:net'
import { connectTarget, isLoopback, listenTarget } from '@isolane/record/observe/things'
import type { Touches } from './touches.ts'

/** A server begins to listen; `args` are those of `listen`. */
export function listening(touches: Touches, args: readonly unknown[]): void {
  const target = listenTarget(args)
  if (target === undefined) return
  if (target.port === undefined) touches.listenedOn(target.path)
  else touches.listened(target.port)
}

/** A socket begins to connect; `args` are those of `connect`. Only what is on this machine is anybody's affair. */
export function connecting(touches: Touches, socket: Socket, args: readonly unknown[]): void {
  const target = connectTarget(args)
  if (target === undefined || (target.port !== undefined && !isLoopback(target.host))) return
  const isThere =
    target.port === undefined ? touches.connectingTo(target.path) : touches.connecting(target.port)
  if (isThere !== undefined) socket.once('connect', isThere)
}

/** Where a server listens, for messages. */
export function addressOf(server: Server): string {
  const address = server.address()
  if (address === null) return 'a port'
  return typeof address === 'string' ? address : `port ${address.port}`
}
