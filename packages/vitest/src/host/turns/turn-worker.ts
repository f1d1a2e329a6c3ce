import { EventEmitter } from 'node:events'
import type { PoolOptions, PoolWorker, WorkerRequest, WorkerResponse } from 'vitest/node'
import type { Slots } from './slots.ts'
import { isResponse, StartedWorker } from './started-worker.ts'
import type { Employer, StartRequest } from './started-worker.ts'
import type { Asker, Turns } from './turns.ts'

type Listener = Parameters<PoolWorker['on']>[1]
type RunRequest = Extract<WorkerRequest, { type: 'run' }>

/** What the workers of one project share. */
export interface ProjectTurns {
  readonly turns: Turns
  readonly slots: Slots
  /** The most workers the user wants. */
  readonly workers: number
  readonly globsOf: (file: string) => readonly string[]
  /** With `isolate: false`: those whose worker has nothing to run, so that another may have it. */
  readonly idle: Set<TurnWorker>
  /** The workers there are with `isolate: false`. */
  readonly live: Set<StartedWorker>
  readonly makeWorker: (options: PoolOptions) => PoolWorker
}

/**
 * What Vitest takes for a worker: a claim on one. Vitest binds a file to a worker before the worker knows the file,
 * and counts the time in which one starts (`Pool.schedule`, `PoolRunner.start`). So the claim says at once that it has
 * started; a worker is started, or taken over from a claim without use for it, when the turn of its file has come.
 */
export class TurnWorker implements PoolWorker, Employer {
  readonly name = 'isolated'
  readonly cacheFs: boolean
  readonly #project: ProjectTurns
  readonly #options: PoolOptions
  readonly #events = new EventEmitter()
  readonly #offCancel: () => void
  #start: StartRequest | undefined
  #turn: (Asker & { readonly run: RunRequest; begun: boolean }) | undefined
  #worker: StartedWorker | undefined
  #starting: Promise<void> | undefined
  /** Late answers to what it asked go to it even when it works for another. */
  #spoke: StartedWorker | undefined
  #slot: number | undefined

  constructor(project: ProjectTurns, options: PoolOptions, cacheFs: boolean) {
    this.cacheFs = cacheFs
    this.#project = project
    this.#options = options
    this.#offCancel = options.project.vitest.onCancel(() => this.#cancel())
  }

  async start(): Promise<void> {}

  on(event: string, callback: Listener): void {
    this.#events.on(event, callback)
  }

  off(event: string, callback: Listener): void {
    this.#events.off(event, callback)
  }

  send(message: WorkerRequest): void {
    // Answers of the main process are no requests, and have no type.
    switch (message.type) {
      case 'start':
        this.#start = message
        this.#answer({ type: 'started' })
        break
      case 'run':
        this.#ask(message)
        break
      case 'stop':
        this.#project.idle.delete(this)
        if (this.#worker === undefined) this.#answer({ type: 'stopped' })
        else this.#worker.send(message)
        this.#freeSlot()
        break
      default:
        this.#spoke?.send(message)
    }
  }

  deserialize(data: unknown): unknown {
    return data
  }

  async stop(): Promise<void> {
    this.#offCancel()
    this.#end()
    this.#project.idle.delete(this)
    this.#freeSlot()
    await this.#starting?.catch(() => undefined)
    if (this.#worker !== undefined) this.#project.live.delete(this.#worker)
    await this.#worker?.stop()
  }

  said(message: unknown): void {
    // Before Vitest hears of it: what it then asks for comes after what waits already.
    if (isResponse(message, 'testfileFinished')) this.#end({ lend: true })
    this.#events.emit('message', message)
  }

  failed(event: 'error' | 'exit', details: readonly unknown[]): void {
    if (event === 'exit') {
      if (this.#worker !== undefined) this.#project.live.delete(this.#worker)
      this.#worker = undefined
      this.#project.idle.delete(this)
      this.#freeSlot()
    }
    // One that nobody needed is replaced when somebody does.
    if (this.#turn?.begun !== true) return
    this.#end()
    this.#events.emit(event, ...details)
  }

  #ask(run: RunRequest): void {
    const { turns, workers, globsOf } = this.#project
    const globs = [...new Set(run.context.files.flatMap(({ filepath }) => globsOf(filepath)))]
    this.#turn = { run, globs, workers, begun: false, begin: () => this.#begin() }
    turns.ask(this.#turn)
  }

  #begin(): void {
    const turn = this.#turn
    const start = this.#start
    if (turn === undefined || start === undefined) return
    turn.begun = true
    // At once: nobody else may choose the same worker.
    if (this.#worker === undefined) this.#takeOver(start)
    this.#project.idle.delete(this)
    this.#starting = this.#worker === undefined ? this.#startWorker(start) : undefined
    Promise.resolve(this.#starting).then(
      () => this.#worker?.send(turn.run),
      (error: unknown) => {
        this.#end()
        if (this.#events.listenerCount('error') > 0) this.#events.emit('error', error)
      },
    )
  }

  #takeOver(start: StartRequest): void {
    for (const lender of this.#project.idle) {
      if (lender.#worker?.suits(start) !== true) continue
      this.#spoke = this.#worker = lender.#worker
      this.#slot = lender.#slot
      lender.#worker = lender.#slot = undefined
      this.#worker.employer = this
      this.#project.idle.delete(lender)
      return
    }
  }

  async #endIdle(): Promise<void> {
    const [lender] = this.#project.idle
    if (lender === undefined) return
    const worker = lender.#worker
    this.#project.idle.delete(lender)
    if (worker === undefined) return
    lender.#worker = undefined
    lender.#freeSlot()
    this.#project.live.delete(worker)
    const error = await worker.end()
    if (error !== undefined) this.#options.project.vitest.state.catchError(error, 'Teardown Error')
  }

  async #startWorker(start: StartRequest): Promise<void> {
    const { makeWorker, workers, slots, live } = this.#project
    const { project } = this.#options
    const { context } = start
    // No more of them than workers, or the lanes would run out: one that has nothing to run, for want of files of its
    // environment, makes room.
    const ended = live.size >= workers ? this.#endIdle() : undefined
    this.#slot = slots.take()
    const worker = new StartedWorker(
      makeWorker(this.#options),
      {
        ...start,
        poolId: this.#slot,
        context: { ...context, config: { ...context.config, maxWorkers: workers } },
      },
      this,
    )
    this.#spoke = this.#worker = worker
    if (!project.config.isolate) live.add(worker)
    await ended
    await worker.start()
  }

  #end({ lend = false } = {}): void {
    const turn = this.#turn
    if (turn === undefined) return
    this.#turn = undefined
    if (this.#options.project.config.isolate) this.#freeSlot()
    else if (lend && this.#worker !== undefined) this.#project.idle.add(this)
    this.#project.turns.end(turn)
  }

  /** Vitest does not wait for the files that are in its own queue either. */
  #cancel(): void {
    const turn = this.#turn
    if (turn === undefined || turn.begun) return
    this.#end()
    const { project } = this.#options
    project.vitest.state.cancelFiles(turn.run.context.files, project)
    this.#answer({ type: 'testfileFinished' })
  }

  #freeSlot(): void {
    if (this.#slot !== undefined) this.#project.slots.free(this.#slot)
    this.#slot = undefined
  }

  #answer(answer: { readonly type: WorkerResponse['type'] }): void {
    const response = { __vitest_worker_response__: true, ...answer }
    queueMicrotask(() => this.#events.emit('message', response))
  }
}
