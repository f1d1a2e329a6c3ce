import { EventEmitter } from 'node:events'
import type { PoolWorker, WorkerRequest } from 'vitest/node'
import { isRenewalRequest } from '../shared/renewal.ts'
import type { RenewalRequest } from '../shared/renewal.ts'
import { Retelling } from './retelling.ts'

type Start = Extract<WorkerRequest, { type: 'start' }>
type Run = Extract<WorkerRequest, { type: 'run' }>
type Listener = Parameters<PoolWorker['on']>[1]

/** What a renewing worker is made with. */
export interface RenewingWorkerOptions {
  readonly cacheFs: boolean
  /** Makes the worker that does the work: one at first, another whenever its lane cannot be reset. */
  readonly make: () => PoolWorker
  /** A lane could not be reset, and the next worker is about to be made. */
  readonly onRenewal: (request: RenewalRequest) => void
}

/**
 * A worker that goes on with another process, on another lane, when a test has left its lane so that it cannot be reset:
 * the tests after it meet the base. Vitest knows one worker, and hears of every test once.
 */
export class RenewingWorker implements PoolWorker {
  readonly name = 'isolated'
  readonly cacheFs: boolean
  readonly #options: RenewingWorkerOptions
  readonly #vitest = new EventEmitter()
  readonly #retelling = new Retelling()
  #start: Start | undefined
  #run: Run | undefined
  #worker: PoolWorker | undefined
  #forget: () => void = () => {}
  #ready: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: RenewingWorkerOptions) {
    this.#options = options
    this.cacheFs = options.cacheFs
  }

  async start(): Promise<void> {
    const worker = this.#options.make()
    this.#worker = worker
    await worker.start()
    this.#listen(worker, (message) => {
      if (isRenewalRequest(message)) this.#renew(message)
      else this.#tell(worker, message)
    })
  }

  on(event: string, callback: Listener): void {
    this.#vitest.on(event, callback)
  }

  off(event: string, callback: Listener): void {
    this.#vitest.off(event, callback)
  }

  send(message: WorkerRequest): void {
    if (message.type === 'start') this.#start = message
    if (message.type === 'run') {
      this.#run = message
      this.#retelling.begin()
    }
    // What Vitest answers while no worker is there was meant for the one that has gone.
    if (message.type === 'stop') void this.#ready.then(() => this.#worker?.send(message))
    else this.#worker?.send(message)
  }

  deserialize(data: unknown): unknown {
    return data
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#worker?.stop()
    await this.#ready
    await this.#worker?.stop()
  }

  #renew(request: RenewalRequest): void {
    const old = this.#worker
    this.#forget()
    this.#worker = undefined
    this.#ready = this.#replace(old, request).catch((error: unknown) => {
      this.#vitest.emit('error', error)
    })
  }

  async #replace(old: PoolWorker | undefined, request: RenewalRequest): Promise<void> {
    // Before its process ends: what is told of the lane counts then.
    this.#options.onRenewal(request)
    await old?.stop()
    if (this.#stopped || this.#start === undefined || this.#run === undefined) return
    this.#retelling.again()
    const worker = this.#options.make()
    await worker.start()
    const started = Promise.withResolvers<void>()
    this.#listen(worker, (message) => {
      const { type, error } = Object(message) as {
        readonly type?: unknown
        readonly error?: unknown
      }
      if (isRenewalRequest(message)) this.#renew(message)
      else if (type === 'started' && error !== undefined) started.reject(error)
      else if (type === 'started') started.resolve()
      else this.#tell(worker, message)
    })
    this.#worker = worker
    worker.send(this.#start)
    await Promise.race([started.promise, this.#lost(worker)])
    if (!this.#stopped) worker.send(rest(this.#run, request))
  }

  #tell(worker: PoolWorker, message: unknown): void {
    const news = this.#retelling.hear(message, (answer) => worker.send(answer))
    if (news !== undefined) this.#vitest.emit('message', news)
  }

  #listen(worker: PoolWorker, onMessage: (message: unknown) => void): void {
    const onError = (error: unknown): void => void this.#vitest.emit('error', error)
    const onExit = (...how: unknown[]): void => void this.#vitest.emit('exit', ...how)
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.on('exit', onExit)
    this.#forget = () => {
      worker.off('message', onMessage)
      worker.off('error', onError)
      worker.off('exit', onExit)
    }
  }

  // Vitest hears of it by itself.
  async #lost(worker: PoolWorker): Promise<void> {
    await new Promise<void>((resolve) => worker.on('exit', () => resolve()))
  }
}

/** The files of a run that were not run to their end, the first of them without its tests that were. */
function rest(run: Run, { file, testIds }: RenewalRequest): Run {
  const { files } = run.context
  const [first, ...others] = files.slice(files.findIndex(({ filepath }) => filepath === file))
  if (first === undefined) return run
  const left = testIds === undefined ? first : { ...first, testIds: [...testIds] }
  return { ...run, context: { ...run.context, files: [left, ...others] } }
}
