import { EventEmitter } from 'node:events'
import type { PoolOptions, PoolWorker, WorkerRequest } from 'vitest/node'
import { groupVariable } from '../shared/groups.ts'
import type { ProjectLanes } from './project-lanes.ts'
import type { Turn, Turns } from './turns.ts'

type Start = Extract<WorkerRequest, { type: 'start' }>
type Run = Extract<WorkerRequest, { type: 'run' }>
type Listener = Parameters<PoolWorker['on']>[1]

/** What a turn worker needs of its project. */
export interface TurnWorkerOptions {
  readonly turns: Turns
  readonly lanes: ProjectLanes
  readonly pool: PoolOptions
  /** Makes the worker that does the work. */
  readonly make: (pool: PoolOptions) => PoolWorker
}

/**
 * A worker as Vitest knows it in a run with groups: it takes its file at once, and does nothing before its turn comes.
 * Then a worker is made for it; with `isolate: false` one that has done its own file goes on with it.
 */
export class TurnWorker implements PoolWorker, Turn {
  readonly name = 'isolated'
  readonly cacheFs: boolean
  readonly #it: TurnWorkerOptions
  readonly #vitest = new EventEmitter()
  readonly #gone = Promise.withResolvers<void>()
  #start: Start | undefined
  #run: Run | undefined
  #worker: PoolWorker | undefined
  #listening: (() => void) | undefined
  #done = false
  #stopped = false

  constructor(it: TurnWorkerOptions) {
    this.#it = it
    this.cacheFs = it.lanes.cacheFs
  }

  get group(): string | undefined {
    const name = this.#it.lanes.groups?.of(this.#run?.context.files[0]?.filepath)
    return name === undefined ? undefined : JSON.stringify([this.#it.pool.project.name, name])
  }

  get kind(): string | undefined {
    const { name, config } = this.#it.pool.project
    if (config.isolate) return undefined
    return JSON.stringify([name, this.#start?.context.environment])
  }

  get places(): number {
    return this.#it.lanes.workers
  }

  async start(): Promise<void> {}

  on(event: string, callback: Listener): void {
    this.#vitest.on(event, callback)
  }

  off(event: string, callback: Listener): void {
    this.#vitest.off(event, callback)
  }

  send(message: WorkerRequest): void {
    switch (message.type) {
      case 'start':
        this.#start = message
        // At once: Vitest's clocks would count how long it waits.
        setImmediate(() => this.#respond('started'))
        break
      case 'run':
        this.#run = message
        this.#it.turns.ask(this)
        break
      case 'stop':
        if (this.#worker === undefined) this.#respond('stopped')
        else this.#worker.send(message)
        break
      default:
        if (this.#listening !== undefined) this.#worker?.send(message)
        else if (Reflect.get(message, 'm') === 'onCancel') this.#cancel()
    }
  }

  deserialize(data: unknown): unknown {
    return data
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#it.turns.withdraw(this)) this.#end()
    await this.#worker?.stop()
    this.#end()
    this.#gone.resolve()
  }

  begin(place: number, worker: PoolWorker | undefined): void {
    this.#work(place, worker).catch((error: unknown) => {
      this.#vitest.emit('error', error)
      this.#end()
    })
  }

  handOver(): PoolWorker | undefined {
    const worker = this.#worker
    this.#listening?.()
    this.#worker = undefined
    return worker
  }

  async gone(): Promise<void> {
    await this.#gone.promise
  }

  async #work(place: number, given: PoolWorker | undefined): Promise<void> {
    if (this.#start === undefined || this.#run === undefined || this.#stopped) {
      this.#end()
      return
    }
    const worker = given ?? this.#it.make(this.#pool)
    this.#worker = worker
    if (given !== undefined) this.#listen(worker)
    else {
      await worker.start()
      const started = Promise.withResolvers<void>()
      this.#listen(worker, started)
      worker.send({ ...this.#start, poolId: place })
      await started.promise
    }
    worker.send(this.#run)
  }

  get #pool(): PoolOptions {
    const { pool, lanes } = this.#it
    const name = lanes.groups?.of(this.#run?.context.files[0]?.filepath)
    const isolated = pool.project.config.isolate
    if (name === undefined || !isolated) return pool
    return { ...pool, env: { ...pool.env, [groupVariable]: name } }
  }

  #listen(worker: PoolWorker, started?: PromiseWithResolvers<void>): void {
    const onMessage = (message: unknown): void => {
      const { type, error } = Object(message) as {
        readonly type?: unknown
        readonly error?: unknown
      }
      if (type === 'started') {
        if (error === undefined) started?.resolve()
        else started?.reject(error)
        return
      }
      if (type !== 'testfileFinished') {
        this.#vitest.emit('message', message)
        return
      }
      // A moment later: with `bail` its last words may have cancelled the run, which Vitest hears of in a promise. The
      // turn ends before Vitest hears of it, and ends a process that could go on.
      setImmediate(() => {
        this.#end()
        this.#vitest.emit('message', message)
      })
    }
    const onError = (error: unknown): void => {
      started?.reject(error)
      this.#end()
      this.#vitest.emit('error', error)
    }
    const onExit = (...how: unknown[]): void => {
      started?.reject(new Error('The worker ended before it had started.'))
      this.#end()
      this.#vitest.emit('exit', ...how)
    }
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.on('exit', onExit)
    this.#listening = () => {
      worker.off('message', onMessage)
      worker.off('error', onError)
      worker.off('exit', onExit)
      this.#listening = undefined
    }
  }

  /** The run is being cancelled: a file that waits is not run, as Vitest does it with those in its own queue. */
  #cancel(): void {
    if (!this.#it.turns.withdraw(this) || this.#run === undefined) return
    const { project } = this.#it.pool
    project.vitest.state.cancelFiles(this.#run.context.files, project)
    this.#end()
    this.#respond('testfileFinished')
  }

  #end(): void {
    if (this.#done) return
    this.#done = true
    const { turns, lanes } = this.#it
    lanes.fileDone(this.#run?.context.files[0]?.filepath)
    turns.done(this)
  }

  #respond(type: 'started' | 'stopped' | 'testfileFinished'): void {
    this.#vitest.emit('message', { __vitest_worker_response__: true, type })
  }
}
