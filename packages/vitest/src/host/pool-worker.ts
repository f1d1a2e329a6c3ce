import { resolve } from 'node:path'
import type { PoolOptions, PoolWorker, WorkerRequest } from 'vitest/node'
import type { ProjectLanes } from './project-lanes.ts'
import { locateAttachments, onBehalfOf } from './seen-inside.ts'
import type { Seat } from './spares.ts'

type Listener = Parameters<PoolWorker['on']>[1]

/**
 * One worker of the `isolated` pool: Vitest's own worker code in a process of its own, on a lane of its own.
 * The lane is free again only after the process has exited: Vitest gives a pool id away while the old
 * process still runs (https://github.com/vitest-dev/vitest, `Pool.schedule`).
 */
export class IsolatedPoolWorker implements PoolWorker {
  readonly name = 'isolated'
  readonly cacheFs: boolean
  readonly #lanes: ProjectLanes
  readonly #options: PoolOptions
  readonly #listeners = new Map<Listener, Listener>()
  #seat: Seat | undefined
  #killTimer: NodeJS.Timeout | undefined

  constructor(lanes: ProjectLanes, options: PoolOptions) {
    this.#lanes = lanes
    this.cacheFs = lanes.cacheFs
    this.#options = options
  }

  async start(): Promise<void> {
    const { distPath, env, execArgv, project } = this.#options
    const { outputStream, errorStream } = project.vitest.logger
    this.#seat = await this.#lanes.seat({
      worker: resolve(distPath, 'workers/forks.js'),
      compileCache: this.#lanes.compileCache,
      env,
      execArgv,
      stdout: outputStream,
      stderr: errorStream,
    })
    const seat = this.#seat
    void seat.process.exited.then(() => this.#lanes.leave(seat))
  }

  on(event: string, callback: Listener): void {
    const { child, sandbox } = this.#process
    const { pid } = child
    if (event !== 'message' || sandbox === undefined || pid === undefined) {
      child.on(event, callback)
      return
    }
    const { root } = this.#options.project.config
    const listener: Listener = (message: unknown) => {
      onBehalfOf(pid, () => {
        locateAttachments(message, root)
        callback(message)
      })
    }
    this.#listeners.set(callback, listener)
    child.on(event, listener)
  }

  off(event: string, callback: Listener): void {
    // Vitest also stops what could not be started.
    this.#seat?.process.child.off(event, this.#listeners.get(callback) ?? callback)
  }

  send(message: WorkerRequest): void {
    if (message.type === 'start') {
      this.#process.slot = message.poolId
      if (this.#seat !== undefined) this.#lanes.began(this.#seat)
    }
    if (message.type === 'run') {
      this.#lanes.running(
        this.#process,
        message.context.files.map(({ filepath }) => filepath),
      )
    }
    if (message.type === 'stop') {
      // PoolRunner waits 60 s for the worker's answer and then throws without ending it: see to it ourselves.
      const limit = this.#options.project.config.teardownTimeout + 1_000
      this.#killTimer = setTimeout(() => this.#seat?.process.child.kill('SIGKILL'), limit).unref()
    }
    this.#process.child.send(message)
  }

  deserialize(data: unknown): unknown {
    return data
  }

  async stop(): Promise<void> {
    clearTimeout(this.#killTimer)
    await this.#seat?.process.stop()
  }

  get #process(): Seat['process'] {
    if (this.#seat === undefined) throw new Error('The worker has not been started.')
    return this.#seat.process
  }
}
