/**
 * The lanes of one Vitest project: its host from the first test run until Vitest closes, its spare workers,
 * and what failed on which lane.
 */
import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { presentable } from '@isolane/core'
import type { Lanes } from '@isolane/core'
import { cacheDir, LaneHost } from '@isolane/core/host'
import type { KeptEvidence, LeasedLane } from '@isolane/core/host'
import type { ProjectSandbox } from './project-sandbox.ts'
import { Spares } from './spares.ts'
import type { Seat, WorkerOptions } from './spares.ts'
import type { WorkerProcess } from './worker-process.ts'

/** Evidence of one failed test. */
export interface Kept {
  readonly test: string
  readonly lane: string
  /** When it was kept. */
  readonly when: string
  readonly kept: readonly KeptEvidence[]
}

export class ProjectLanes {
  readonly #lanes: Lanes
  readonly #onMessage: (message: string) => void
  readonly #workers: number
  readonly #spareWorkers: number
  readonly #root: string
  readonly #files = new Map<string, WorkerProcess>()
  readonly #failed = new Map<WorkerProcess, string[]>()
  readonly #sandbox: ProjectSandbox | undefined
  /** Workers at work; settled when they have left. */
  readonly #seated = new Map<WorkerProcess, PromiseWithResolvers<void>>()
  readonly #leaving = new Set<Promise<void>>()
  #kept: Kept[] = []
  #host: Promise<LaneHost> | undefined
  #spares: Spares | undefined
  readonly compileCache = join(cacheDir(), 'compile-cache')

  constructor(options: {
    lanes: Lanes
    root: string
    workers: number
    spareWorkers: number | undefined
    sandbox: ProjectSandbox | undefined
    onMessage: (message: string) => void
  }) {
    this.#lanes = options.lanes
    this.#root = options.root
    this.#workers = options.workers
    // One successor for every worker; more processes than cores would only compete with the tests.
    this.#spareWorkers = options.spareWorkers ?? Math.min(options.workers, availableParallelism())
    this.#sandbox = options.sandbox
    this.#onMessage = options.onMessage
  }

  /** Whether workers can read the modules that the main process transforms from files. */
  get cacheFs(): boolean {
    return this.#sandbox?.handsOverFiles ?? true
  }

  /** Starts the host at the first run and tells how many workers this run will ask for. */
  async begin(workers: number): Promise<void> {
    this.#host ??= LaneHost.start({
      lanes: this.#lanes,
      root: this.#root,
      workers: this.#workers,
      // Beyond the spare workers' lanes one more: a lane is being reset while its worker ends.
      spares: this.#spareWorkers + 1,
      expected: workers,
      onMessage: this.#onMessage,
    })
    const host = await this.#host.catch((error: unknown) => {
      // What is wrong may be right at the next run of watch mode.
      this.#host = undefined
      throw presentable(error)
    })
    this.#sandbox?.open(host)
    this.#spares ??= new Spares(
      host,
      Math.max(0, Math.min(this.#spareWorkers, host.limit - this.#workers)),
      this.#sandbox,
    )
    this.#spares.expect(workers)
    host.expect(workers)
  }

  async seat(options: WorkerOptions): Promise<Seat> {
    if (this.#spares === undefined) throw new Error('A worker was asked for before the run began.')
    const seat = await this.#spares.take(options).catch((error: unknown) => {
      throw presentable(error)
    })
    this.#seated.set(seat.process, Promise.withResolvers())
    return seat
  }

  /** Notes which files a worker runs. */
  running(process: WorkerProcess, files: readonly string[]): void {
    for (const file of files) this.#files.set(file, process)
  }

  /** Notes a failed test: what helps to understand it is kept before its lane is used again. */
  failed(file: string, test: string): void {
    const process = this.#files.get(file)
    if (process === undefined) return
    this.#failed.set(process, [...(this.#failed.get(process) ?? []), test])
  }

  /** Tells that the run will ask for one worker and one lane more than was expected. */
  expectMore(): void {
    this.#spares?.expectMore()
  }

  /** For whom the processes of a lane wait with `lock()`, in words. */
  async waits(lane: string): Promise<readonly string[]> {
    const host = await this.#host
    return (await host?.waits(lane)) ?? []
  }

  /** A worker has exited: evidence is kept, then its lane is free, or replaced when `discard` is set. */
  leave({ lane, process }: Seat, { discard }: { discard: boolean }): void {
    rmSync(process.progress, { force: true })
    const leaving = this.#leave(lane, process, discard).finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
    this.#seated.get(process)?.resolve()
    this.#seated.delete(process)
  }

  /** Waits until the workers that test files ran in are gone. */
  async workersGone(): Promise<void> {
    await Promise.all([...this.#seated.values()].map(({ promise }) => promise))
    await Promise.all(this.#leaving)
  }

  /** What was kept since the last call, once the lanes of failed tests have been looked at. */
  async kept(): Promise<readonly Kept[]> {
    await Promise.all(
      [...this.#failed.keys()].map(async (one) => await this.#seated.get(one)?.promise),
    )
    await Promise.all(this.#leaving)
    const kept = this.#kept
    this.#kept = []
    return kept
  }

  async close(): Promise<void> {
    await this.#spares?.close()
    await Promise.all(this.#leaving)
    const host = await this.#host?.catch(() => undefined)
    await Promise.all([host?.close(), this.#sandbox?.close()])
  }

  async #leave(
    { id: lane, leases }: LeasedLane,
    process: WorkerProcess,
    discard: boolean,
  ): Promise<void> {
    const tests = this.#failed.get(process)
    this.#failed.delete(process)
    const files = [...this.#files].filter(([, runner]) => runner === process).map(([file]) => file)
    for (const file of files) this.#files.delete(file)
    this.#sandbox?.left(process, files, leases)
    const host = await this.#host
    try {
      if (tests?.[0] === undefined) return
      const [first, ...others] = tests
      const test = others.length === 0 ? first : `${first} (and ${others.length} more)`
      const kept = (await host?.evidence(lane, first)) ?? []
      this.#kept.push({ test, lane, when: 'at the end of its file', kept })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#onMessage(`nothing could be kept of lane ${lane}: ${reason.split('\n')[0] ?? ''}`)
    } finally {
      host?.release(lane, { discard })
    }
  }
}
