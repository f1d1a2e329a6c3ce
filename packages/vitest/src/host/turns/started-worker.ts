import { isDeepStrictEqual } from 'node:util'
import type { PoolWorker, WorkerRequest, WorkerResponse } from 'vitest/node'

export type StartRequest = Extract<WorkerRequest, { type: 'start' }>

/** Who a worker works for: hears what it says. */
export interface Employer {
  said(message: unknown): void
  /** It was started, and has failed or ended without being asked to. */
  failed(event: 'error' | 'exit', details: readonly unknown[]): void
}

/** What Vitest gives a worker to start, all in all (`Pool.schedule`); its clocks do not run for this one. */
const startMs = 90_000

/** A worker that is started when its turn has come, and may change its employer between two runs. */
export class StartedWorker {
  employer: Employer
  readonly #worker: PoolWorker
  readonly #start: StartRequest
  #state: 'starting' | 'started' | 'ended' = 'starting'

  constructor(worker: PoolWorker, start: StartRequest, employer: Employer) {
    this.#worker = worker
    this.#start = start
    this.employer = employer
  }

  /** @throws what keeps it from starting. */
  async start(): Promise<void> {
    await this.#worker.start()
    const { promise: started, resolve, reject } = Promise.withResolvers<void>()
    this.#worker.on('message', (data: unknown) => {
      const message = this.#worker.deserialize(data)
      if (!isResponse(message, 'started')) this.employer.said(message)
      else if (message.error === undefined) resolve()
      else reject(asError(message.error))
    })
    this.#worker.on('error', (error: unknown) => this.#failed('error', [error], reject))
    this.#worker.on('exit', (...how: unknown[]) => this.#failed('exit', how, reject))
    const late = setTimeout(
      () => reject(new Error(`The worker did not start within ${startMs} ms.`)),
      startMs,
    )
    try {
      this.send(this.#start)
      await started
      this.#state = 'started'
    } finally {
      clearTimeout(late)
    }
  }

  /** Whether Vitest, too, would go on with this worker for files that want to be started so. */
  suits(start: StartRequest): boolean {
    const { environment } = this.#start.context
    return this.#state !== 'ended' && isDeepStrictEqual(environment, start.context.environment)
  }

  send(message: WorkerRequest): void {
    if (this.#state !== 'ended') this.#worker.send(message)
  }

  async stop(): Promise<void> {
    this.#state = 'ended'
    await this.#worker.stop()
  }

  /** Lets it tear down what it has set up, and ends it. Gives what went wrong in that. */
  async end(): Promise<unknown> {
    const { promise: stopped, resolve } = Promise.withResolvers<unknown>()
    this.employer = {
      said: (message) => {
        if (isResponse(message, 'stopped')) resolve(message.error)
      },
      // The worker that does not answer is killed (`IsolatedPoolWorker.send`).
      failed: () => resolve(undefined),
    }
    this.send({ __vitest_worker_request__: true, type: 'stop' })
    const error = await stopped
    await this.stop()
    return error
  }

  #failed(event: 'error' | 'exit', details: unknown[], reject: (reason: unknown) => void): void {
    const before = this.#state
    if (event === 'exit') this.#state = 'ended'
    if (before === 'started') this.employer.failed(event, details)
    const [code, signal] = details
    reject(event === 'error' ? code : new Error(`The worker ended (${String(signal ?? code)}).`))
  }
}

export function isResponse<Type extends WorkerResponse['type']>(
  message: unknown,
  expected: Type,
): message is Extract<WorkerResponse, { type: Type }> {
  const { __vitest_worker_response__: response, type } = message as Partial<WorkerResponse>
  return response === true && type === expected
}

/** What travelled from a worker is no instance of anything. */
function asError(thrown: unknown): Error {
  const { message = String(thrown), stack, name } = (thrown ?? {}) as Partial<Error>
  return Object.assign(new Error(message), stack && { stack }, name && { name })
}
