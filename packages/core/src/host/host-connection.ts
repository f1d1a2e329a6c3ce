import { IsolaneError } from '@isolane/record/worker'
import type { LockDesk } from '../locks/host/lock-desk.ts'
import { LockSession } from '../locks/host/lock-session.ts'
import type { Env } from '../resource.ts'
import { protocolVersion } from '../shared/protocol.ts'
import type { KeptEvidence, LaneFile, Request } from '../shared/protocol.ts'
import type { Connection } from './socket-server.ts'

/** Who lends lanes to connected processes: the lane host. */
export interface Lender {
  acquire(holder: {
    slot: number
    pid: number
    signal: AbortSignal
  }): Promise<{ readonly id: string; readonly file: LaneFile; readonly env: Env }>
  release(lane: string, options?: { discard: boolean }): void
  reset(
    lane: string,
    test: string | undefined,
    options: { fresh: boolean },
  ): Promise<{ generation: number }>
  rebase(lane: string): Promise<void>
  evidence(lane: string, test: string): Promise<KeptEvidence[]>
  beat(lane: string, test: string | undefined): void
  waits(lane: string): Promise<string[]>
}

/** What one connected process holds: lanes it acquired here are free again when it is gone. */
export class HostConnection implements Connection {
  readonly #host: Lender
  readonly #desk: LockDesk
  readonly #locks: LockSession
  readonly #lanes = new Set<string>()
  readonly #gone = new AbortController()

  constructor(host: Lender, desk: LockDesk) {
    this.#host = host
    this.#desk = desk
    this.#locks = new LockSession(desk)
  }

  async handle(request: Request): Promise<unknown> {
    switch (request.type) {
      case 'acquire': {
        if (request.protocol !== protocolVersion) {
          throw new IsolaneError('ISOLANE_RUNTIME', {
            message: `This worker speaks protocol ${request.protocol}, the host ${protocolVersion}.`,
            hint: 'install one version: `npm ls @isolane/core` shows them all.',
          })
        }
        const { slot, pid } = request
        const lane = await this.#host.acquire({ slot, pid, signal: this.#gone.signal })
        if (this.#gone.signal.aborted) this.#host.release(lane.id)
        else this.#lanes.add(lane.id)
        return { lane: lane.file, env: lane.env }
      }
      case 'release':
        // Given back already, it may be another worker's by now.
        if (this.#lanes.delete(request.lane))
          this.#host.release(request.lane, { discard: request.discard })
        return null
      case 'reset':
        return await this.#host.reset(request.lane, request.test, {
          fresh: request.fresh === true,
        })
      case 'rebase':
        await this.#host.rebase(request.lane)
        return null
      case 'evidence':
        return await this.#host.evidence(request.lane, request.test)
      case 'beat':
        this.#host.beat(request.lane, request.test)
        return null
      case 'waits':
        return await this.#host.waits(request.lane)
      case 'lock':
        await this.#locks.take(request)
        return null
      case 'unlock':
        await this.#locks.give(request.key)
        return null
      case 'wake':
        await this.#desk.look()
        return null
      default:
        throw new IsolaneError('ISOLANE_RUNTIME', {
          message: `The host does not know the request ${JSON.stringify((request as { type?: unknown }).type)}.`,
          hint: 'install one version: `npm ls @isolane/core` shows them all.',
        })
    }
  }

  closed(): void {
    this.#gone.abort(new Error('the worker is gone'))
    this.#locks.closed()
    for (const lane of this.#lanes) this.#host.release(lane)
    this.#lanes.clear()
  }
}
