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
  /** The lanes there are at once. */
  readonly lanes: number
  readonly turnOf: (files: readonly string[]) => Pick<Asker, 'group' | 'globs'>
  /** A file has run, or will not. */
  readonly fileDone: (file: string) => void
  /** With `isolate: false`: those whose worker has nothing to run, so that another may have it. */
  readonly idle: Set<TurnWorker>
  /** The workers there are with `isolate: false`. */
  readonly live: Set<StartedWorker>
  /** With `isolate: true`: who was on the lane of each group last. */
  readonly last: Map<string, TurnWorker>
  readonly makeWorker: (options: PoolOptions, files: readonly string[]) => PoolWorker
}

interface Turn extends Asker {
  readonly of: TurnWorker
  readonly run: RunRequest
  begun: boolean
  /** Its worker has said so, and Vitest has not heard of it yet. */
  over: boolean
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
  readonly #gone = Promise.withResolvers<void>()
  #start: StartRequest | undefined
  #turn: Turn | undefined
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
    this.#gone.resolve()
  }

  said(message: unknown): void {
    if (!isResponse(message, 'testfileFinished')) {
      this.#events.emit('message', message)
      // `PoolRunner.stop` does so itself, unless it has waited for 60 s.
      if (isResponse(message, 'stopped')) void this.stop()
      return
    }
    if (this.#turn !== undefined) this.#turn.over = true
    // A moment later: with `bail` its last words may have cancelled the run, which Vitest hears of in a promise. Before
    // Vitest hears of the end: what it then asks for comes after what waits already.
    setImmediate(() => {
      this.#end({ lend: true })
      this.#events.emit('message', message)
    })
  }

  failed(event: 'error' | 'exit', details: readonly unknown[]): void {
    if (event === 'exit') {
      if (this.#worker !== undefined) this.#project.live.delete(this.#worker)
      this.#worker = undefined
      this.#project.idle.delete(this)
      this.#freeSlot()
    }
    // One that nobody needed is replaced when somebody does.
    if (this.#turn?.begun !== true || this.#turn.over) return
    this.#end()
    this.#events.emit(event, ...details)
    if (event === 'error') return
    // Vitest does not stop a worker that has ended by itself.
    this.#offCancel()
    this.#gone.resolve()
  }

  #ask(run: RunRequest): void {
    const { turns, workers, turnOf } = this.#project
    const files = run.context.files.map(({ filepath }) => filepath)
    this.#turn = {
      ...turnOf(files),
      workers,
      run,
      of: this,
      begun: false,
      over: false,
      begin: (before) => this.#begin(before as Turn | undefined),
    }
    turns.ask(this.#turn)
  }

  #begin(before: Turn | undefined): void {
    const turn = this.#turn
    const start = this.#start
    if (turn === undefined || start === undefined) return
    turn.begun = true
    // At once: nobody else may choose the same worker.
    if (before !== undefined) this.#takeFrom(before.of, start)
    this.#project.idle.delete(this)
    for (const lender of this.#project.idle) {
      if (this.#worker === undefined) this.#takeFrom(lender, start)
    }
    this.#starting = this.#worker === undefined ? this.#startWorker(start, turn) : undefined
    Promise.resolve(this.#starting).then(
      () => this.#worker?.send(turn.run),
      (error: unknown) => {
        this.#end()
        if (this.#events.listenerCount('error') > 0) this.#events.emit('error', error)
      },
    )
  }

  /** Takes the worker of one that has no use for it, who gets what was had before. */
  #takeFrom(lender: TurnWorker, start: StartRequest): void {
    const { idle } = this.#project
    if (!idle.has(lender) || lender.#worker?.suits(start) !== true) return
    const [worker, slot] = [lender.#worker, lender.#slot]
    lender.#worker = this.#worker
    lender.#slot = this.#slot
    if (lender.#worker === undefined) idle.delete(lender)
    else lender.#worker.employer = lender
    this.#spoke = this.#worker = worker
    this.#slot = slot
    worker.employer = this
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

  async #startWorker(start: StartRequest, { run, group }: Turn): Promise<void> {
    const { makeWorker, workers, lanes, slots, live, last } = this.#project
    const { project } = this.#options
    const { context } = start
    if (project.config.isolate && group !== undefined) {
      const before = last.get(group)
      last.set(group, this)
      // The lane is the group's: nobody may be on it when the next file comes.
      if (before !== undefined) await before.#gone.promise
    }
    // No more of them than lanes, which would run out: one that has nothing to run, for want of files of its
    // environment, makes room.
    const ended = live.size >= lanes ? this.#endIdle() : undefined
    this.#slot = slots.take()
    const worker = new StartedWorker(
      makeWorker(
        this.#options,
        run.context.files.map(({ filepath }) => filepath),
      ),
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
    for (const { filepath } of turn.run.context.files) this.#project.fileDone(filepath)
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
