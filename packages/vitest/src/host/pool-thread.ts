import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LeasedLane } from '@isolane/core/host'
import { ThreadsPoolWorker } from 'vitest/node'
import type { PoolOptions, WorkerRequest } from 'vitest/node'
import { groupVariable } from '../shared/groups.ts'
import { threadModule } from '../shared/thread-module.ts'
import type { LaneWorker } from './lane-workers.ts'
import type { ProjectLanes } from './project-lanes.ts'

type Listener = Parameters<ThreadsPoolWorker['on']>[1]

const entry = fileURLToPath(new URL('../child/thread-entry.js', import.meta.url))

/**
 * One worker of `isolated(lanes, { runtime: 'threads' })`: Vitest's own thread, with an environment and a lane of its
 * own. The host touches the lane again only after the thread has exited.
 */
export class IsolatedPoolThread extends ThreadsPoolWorker {
  override readonly name = 'isolated'
  protected override readonly entrypoint = entry
  readonly #lanes: ProjectLanes
  readonly #options: PoolOptions
  #thread: (LaneWorker & { slot: number }) | undefined
  #lane: LeasedLane | undefined
  #stopping: Promise<void> | undefined
  #hear: Listener | undefined
  #killTimer: NodeJS.Timeout | undefined

  constructor(lanes: ProjectLanes, options: PoolOptions) {
    // One object for all workers of the project.
    super({ ...options, env: { ...options.env } })
    this.#lanes = lanes
    this.#options = options
  }

  override async start(): Promise<void> {
    const lane = await this.#lanes.lane(this.env[groupVariable])
    const module = resolve(this.#options.distPath, 'workers/threads.js')
    Object.assign(this.env, lane.env, { [threadModule]: module })
    // The slot is Vitest's pool id, which arrives with its start message.
    delete this.env['ISOLANE_SLOT']
    // A Vitest that a test starts has groups of its own.
    delete this.env[groupVariable]
    try {
      await super.start()
    } catch (error) {
      this.#lanes.leave({ lane, process: { exited: Promise.resolve(), slot: 0, pid: process.pid } })
      throw error
    }
    const exited = new Promise<void>((settle) => this.on('exit', () => settle()))
    const thread = { exited, slot: 0, pid: process.pid }
    this.#thread = thread
    this.#lane = lane
    this.#lanes.seated(thread)
    void exited.then(() => this.#lanes.leave({ lane, process: thread }))
  }

  override on(event: string, callback: Listener): void {
    if (event === 'message') this.#hear = callback
    super.on(event, callback)
  }

  override off(event: string, callback: Listener): void {
    // Vitest also stops what could not be started.
    if (this.#thread !== undefined) super.off(event, callback)
  }

  override send(message: WorkerRequest): void {
    if (message.type === 'start' && this.#thread !== undefined && this.#lane !== undefined) {
      this.#thread.slot = message.poolId
      this.#lanes.began({ lane: this.#lane, process: this.#thread })
    }
    if (message.type === 'run' && this.#thread !== undefined) {
      const files = message.context.files.map(({ filepath }) => filepath)
      this.#lanes.running(this.#thread, files)
      this.#lanes.tell(this.#thread, message.context.workerId)
    }
    if (message.type === 'stop') {
      // PoolRunner waits 60 s for the worker's answer and then throws without ending it: see to it ourselves.
      const limit = this.#options.project.config.teardownTimeout + 1_000
      const answer = { type: 'stopped', __vitest_worker_response__: true }
      this.#killTimer = setTimeout(() => {
        void this.stop().then(() => this.#hear?.(answer))
      }, limit).unref()
    }
    super.send(message)
  }

  override async stop(): Promise<void> {
    clearTimeout(this.#killTimer)
    if (this.#thread === undefined) return
    this.#stopping ??= super.stop()
    await this.#stopping
  }
}
