import { once } from 'node:events'
import { mkdir, realpath, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IsolaneError, isIsolaneError } from '@isolane/record/worker'
import { newLaneDirectory } from '../registry/lane-directory.ts'
import { removeTree } from '../registry/remove-tree.ts'
import { jsonLines } from '../shared/json-lines.ts'
import { protocolVersion, runFilePath } from '../shared/protocol.ts'
import type { Call, Reply, Request, RunFile } from '../shared/protocol.ts'

/** The side of the host that a connection talks to. */
export interface Connection {
  handle(request: Request): Promise<unknown>
  /** The other side is gone: whatever it held is free. */
  closed(): void
}

export interface SocketServerOptions {
  readonly runDir: string
  readonly run: string
  readonly connect: () => Connection
  /** Records a directory outside `runDir`, so that it does not outlive a killed run. */
  readonly lease: (path: string) => Promise<void>
}

/**
 * Listens on a local socket inside the run's directory (0700), so that only this user's processes reach it.
 * A connection is a lease: the host learns of a dead worker from the operating system, however it died.
 */
export class SocketServer {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** The directory of the socket when that is not the run's. */
  readonly ownDir: string | undefined

  private constructor(server: Server, ownDir: string | undefined) {
    this.#server = server
    this.ownDir = ownDir
  }

  static async listen(options: SocketServerOptions): Promise<SocketServer> {
    const { runDir, run, connect } = options
    const { endpoint, ownDir } = await endpointFor(options)
    const server = createServer()
    const self = new SocketServer(server, ownDir)
    server.on('connection', (socket) => self.#serve(socket, connect()))
    try {
      server.listen(endpoint)
      await once(server, 'listening')
      server.unref()
      // A connection that cannot be accepted, for want of file descriptors, is its worker's to tell.
      server.on('error', () => undefined)
      const file: RunFile = { protocol: protocolVersion, run, endpoint }
      await writeFile(runFilePath(runDir), JSON.stringify(file), { mode: 0o600 })
    } catch (error) {
      await self.close()
      throw error
    }
    return self
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
    if (this.ownDir !== undefined) await removeTree(this.ownDir)
  }

  #serve(socket: Socket, connection: Connection): void {
    this.#sockets.add(socket)
    socket.unref()
    const answer = (reply: Reply): void => {
      if (socket.writable) socket.write(`${JSON.stringify(reply)}\n`)
    }
    const read = jsonLines((document) => {
      const { id, request } = document as Call
      connection.handle(request).then(
        (value) => answer({ id, ok: true, answer: value ?? null }),
        (error: unknown) => answer({ id, ok: false, error: plainError(error) }),
      )
    })
    socket.on('data', (chunk) => {
      try {
        read(chunk)
      } catch {
        // Not our protocol: whoever it is, it gets no answer and no lease.
        socket.destroy()
      }
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#sockets.delete(socket)
      connection.closed()
    })
  }
}

/**
 * A Unix socket's path holds at most 103 bytes on macOS and 107 on Linux (`sun_path`, unix(7)); a longer
 * run directory gets its socket in a private directory under the temp dir.
 */
async function endpointFor({
  runDir,
  run,
  lease,
}: SocketServerOptions): Promise<{ endpoint: string; ownDir: string | undefined }> {
  if (process.platform === 'win32') {
    return { endpoint: `\\\\.\\pipe\\isolane-${run}`, ownDir: undefined }
  }
  const endpoint = join(runDir, 'host.sock')
  if (Buffer.byteLength(endpoint) <= 100) return { endpoint, ownDir: undefined }
  const ownDir = newLaneDirectory(await realpath(tmpdir()))
  await lease(ownDir)
  await mkdir(ownDir, { mode: 0o700 })
  return { endpoint: join(ownDir, 's'), ownDir }
}

function plainError(error: unknown): Extract<Reply, { ok: false }>['error'] {
  const known = isIsolaneError(error)
    ? error
    : new IsolaneError('ISOLANE_INTERNAL', {
        message: error instanceof Error ? error.message : String(error),
        cause: error,
      })
  return { code: known.code, message: known.message, details: known.details }
}
