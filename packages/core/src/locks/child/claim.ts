import { IsolaneError, isIsolaneError } from '@isolane/record/worker'
import { HostClient } from '../../child/client.ts'
import { laneVariables } from '../../shared/env.ts'
import { pidSpace } from '../../shared/process-identity.ts'
import { checkLockOptions, lockNames } from '../shared/lock-options.ts'
import type { LockOptions } from '../shared/lock-options.ts'
import { refuseNested } from './lock-context.ts'
import type { LockState } from './lock-context.ts'

let lastKey = 0
let connection: { readonly runDir: string | undefined; readonly client: HostClient } | undefined

/** One lock of this process, from being asked for to being given back. */
export class Claim implements LockState {
  readonly names: readonly string[]
  state: LockState['state'] = 'asked'
  readonly #options: LockOptions
  readonly #key = ++lastKey
  #client: HostClient | undefined

  /** Checks what is asked for, and whether the code that asks may. */
  constructor(names: unknown, options: LockOptions = {}) {
    this.names = lockNames(names)
    checkLockOptions(options)
    refuseNested(this.names)
    this.#options = options
  }

  /** Waits until all names are held. */
  async granted(): Promise<void> {
    const { mode = 'exclusive', timeoutMs, signal } = this.#options
    try {
      signal?.throwIfAborted()
      this.#client = await connected()
      const granted = this.#client.request({
        type: 'lock',
        key: this.#key,
        names: this.names,
        mode,
        timeoutMs,
        lane: process.env[laneVariables.lane],
        pid: process.pid,
        pidSpace: pidSpace(),
      })
      await untilAborted(granted, signal)
      this.state = 'held'
    } catch (error) {
      // Granted or not by now, it is not wanted.
      if (signal?.aborted) await this.release()
      this.state = 'given'
      throw withThisStack(error)
    }
  }

  async release(): Promise<void> {
    if (this.state === 'given') return
    this.state = 'given'
    try {
      await this.#client?.request({ type: 'unlock', key: this.#key })
    } catch (error) {
      // What a run held is free when it has ended.
      if (!isIsolaneError(error) || error.code !== 'ISOLANE_HOST_GONE') throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }
}

// A connection of its own, held for the life of the process: what it holds is free when the process has ended.
async function connected(): Promise<HostClient> {
  const runDir = process.env[laneVariables.host]
  if (connection?.runDir !== runDir || !connection?.client.open) {
    connection = { runDir, client: await HostClient.connect() }
  }
  return connection.client
}

async function untilAborted(granted: Promise<null>, signal: AbortSignal | undefined) {
  if (signal === undefined) return await granted
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  // While it was connecting: that is not told again.
  if (signal.aborted) abort()
  try {
    return await Promise.race([granted, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
    granted.catch(() => undefined)
  }
}

// An answer's error is made where it arrives; who asked is known only here.
function withThisStack(error: unknown): unknown {
  if (!isIsolaneError(error)) return error
  const { code, message, details } = error
  return new IsolaneError(code, { message, details, cause: error.cause })
}
