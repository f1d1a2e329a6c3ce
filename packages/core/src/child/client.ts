import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { IsolaneError, isIsolaneError } from '@isolane/record/worker'
import type { IsolaneErrorCode } from '@isolane/record/worker'
import { laneVariables } from '../shared/env.ts'
import { jsonLines } from '../shared/json-lines.ts'
import { protocolVersion, runFilePath } from '../shared/protocol.ts'
import type { Answers, Call, Reply, Request, RunFile } from '../shared/protocol.ts'

interface Pending {
  readonly resolve: (answer: never) => void
  readonly reject: (error: Error) => void
}

/**
 * A worker's connection to its run's host. A lane acquired on it is held as long as the connection is open.
 */
export class HostClient {
  readonly #socket: Socket
  readonly #pending = new Map<number, Pending>()
  #next = 1

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on(
      'data',
      jsonLines((document) => this.#onReply(document as Reply)),
    )
    socket.on('close', () => this.#fail())
    socket.on('error', () => this.#fail())
  }

  /**
   * Connects to the host that `ISOLANE_HOST` names.
   *
   * @throws IsolaneError `ISOLANE_OUTSIDE_LANE` without a host, `ISOLANE_HOST_GONE` when it does not answer,
   *   `ISOLANE_RUNTIME` when it is of another version.
   */
  static async connect(env: NodeJS.ProcessEnv = process.env): Promise<HostClient> {
    const runDir = env[laneVariables.host]
    if (runDir === undefined) {
      throw new IsolaneError('ISOLANE_OUTSIDE_LANE', {
        message: 'This process belongs to no run: ISOLANE_HOST is not set.',
        hint: 'wrap the runner’s config with isolated(lanes, …), so that a host is started.',
      })
    }
    try {
      const { endpoint, protocol } = JSON.parse(
        readFileSync(runFilePath(runDir), 'utf8'),
      ) as RunFile
      if (protocol !== protocolVersion) throw otherProtocol(protocol)
      const socket = connect(endpoint)
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve)
        socket.once('error', reject)
      })
      // A worker must be able to end while it is connected: the closing connection is what frees its lane.
      socket.unref()
      return new HostClient(socket)
    } catch (cause) {
      throw isIsolaneError(cause) ? cause : hostGone(cause)
    }
  }

  /** False once the connection has closed, whoever closed it. */
  get open(): boolean {
    return !this.#socket.destroyed
  }

  /** Sends a request and waits for the host's answer; its errors arrive with their code. */
  async request<Type extends Request['type']>(
    request: Extract<Request, { type: Type }>,
  ): Promise<Answers[Type]> {
    if (this.#socket.destroyed) throw hostGone()
    const id = this.#next++
    const answer = new Promise<Answers[Type]>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
    })
    this.#socket.ref()
    this.#socket.write(`${JSON.stringify({ id, request } satisfies Call)}\n`)
    return answer
  }

  /** Ends the connection, and with it every lease on it. */
  async close(): Promise<void> {
    if (this.#socket.destroyed) return
    // Who waits for it must not end before it is over.
    this.#socket.ref()
    await new Promise<void>((resolve) => {
      this.#socket.once('close', () => resolve())
      this.#socket.end()
    })
  }

  #onReply(reply: Reply): void {
    const pending = this.#pending.get(reply.id)
    this.#pending.delete(reply.id)
    if (this.#pending.size === 0) this.#socket.unref()
    if (reply.ok) pending?.resolve(reply.answer as never)
    else {
      const { code, message, details } = reply.error
      const error = new IsolaneError(code as IsolaneErrorCode, { message, details })
      pending?.reject(error)
    }
  }

  #fail(): void {
    for (const pending of this.#pending.values()) pending.reject(hostGone())
    this.#pending.clear()
  }
}

function otherProtocol(theirs: number): IsolaneError {
  return new IsolaneError('ISOLANE_RUNTIME', {
    message: `The host of this run speaks protocol ${theirs}, this process ${protocolVersion}.`,
    hint: 'install one version: `npm ls @isolane/core` shows them all.',
    details: { theirs, ours: protocolVersion },
  })
}

function hostGone(cause?: unknown): IsolaneError {
  return new IsolaneError('ISOLANE_HOST_GONE', {
    message: 'The host of this run does not answer: the runner’s main process has ended.',
    hint: 'run the tests again; `npx isolane clean` removes what the ended run left.',
    cause,
  })
}
