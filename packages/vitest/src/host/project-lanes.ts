/**
 * The lanes of one Vitest project: its host from the first test run until Vitest closes, its spare workers,
 * and what failed on which lane.
 */
import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { presentable } from '@isolane/core'
import type { Lanes } from '@isolane/core'
import { cacheDir, LaneHost } from '@isolane/core/host'
import type { LeasedLane } from '@isolane/core/host'
import { groupVariable } from '../shared/groups.ts'
import type { ResetOptions } from '../shared/reset-options.ts'
import { FailedTests } from './failed-tests.ts'
import type { Kept } from './failed-tests.ts'
import { GroupLanes } from './group-lanes.ts'
import type { Died } from './group-lanes.ts'
import { LaneWorkers } from './lane-workers.ts'
import type { LaneWorker } from './lane-workers.ts'
import type { ProjectSandbox } from './project-sandbox.ts'
import { Spares } from './spares.ts'
import type { Seat, WorkerOptions } from './spares.ts'
import { ProjectGroups } from './turns/project-groups.ts'
import { WorkerProcess } from './worker-process.ts'

export class ProjectLanes {
  readonly #lanes: Lanes
  readonly #onMessage: (message: string) => void
  readonly #onBegin: (host: LaneHost) => Promise<void>
  /** The most workers that run at once. */
  readonly workers: number
  /** Which files share a lane; undefined when none do. */
  readonly groups: ProjectGroups | undefined
  readonly #ofGroups: GroupLanes
  readonly #reset: ResetOptions
  readonly #spareWorkers: number
  readonly #root: string
  readonly #failed: FailedTests
  readonly #sandbox: ProjectSandbox | undefined
  readonly #workers = new LaneWorkers()
  readonly #leaving = new Set<Promise<void>>()
  /** Why the run has no lanes. */
  #broken: Error | undefined
  #renew: { rebuild: boolean } | undefined
  #host: Promise<LaneHost> | undefined
  #spares: Spares | undefined
  readonly compileCache = join(cacheDir(), 'compile-cache')

  constructor(options: {
    lanes: Lanes
    root: string
    workers: number
    spareWorkers: number | undefined
    reset: ResetOptions
    sandbox: ProjectSandbox | undefined
    onMessage: (message: string) => void
    /** Called before the files of each run, when the lanes are there. */
    onBegin: (host: LaneHost) => Promise<void>
  }) {
    this.#lanes = options.lanes
    this.#root = options.root
    this.workers = options.workers
    this.#reset = options.reset
    const { reset, group } = options.reset
    if (group !== undefined) this.groups = new ProjectGroups(options.root, group)
    this.#ofGroups = new GroupLanes(this.groups, options)
    // One successor for every worker; more processes than cores would only compete with the tests. Lanes that are handed
    // on as they are left are as many as the workers.
    this.#spareWorkers =
      reset === 'never'
        ? 0
        : (options.spareWorkers ?? Math.min(options.workers, availableParallelism()))
    this.#sandbox = options.sandbox
    this.#onMessage = options.onMessage
    this.#failed = new FailedTests(options.onMessage)
    this.#onBegin = options.onBegin
  }

  /** Whether workers can read the modules that the main process transforms from files. */
  get cacheFs(): boolean {
    return this.#sandbox?.handsOverFiles ?? true
  }

  /** Starts the host at the first run and tells how many workers this run will ask for. */
  async begin(workers: number): Promise<void> {
    // What changes from now on is for the run after this one.
    const renew = this.#renew
    this.#renew = undefined
    if (renew !== undefined) {
      await this.workersGone()
      await this.close()
    }
    this.#host ??= LaneHost.start({
      lanes: this.#lanes,
      root: this.#root,
      workers: this.workers,
      // Beyond the spare workers' lanes one more: a lane is being reset while its worker ends.
      spares: this.#reset.reset === 'never' ? 0 : this.#spareWorkers + 1,
      expected: workers,
      rebuild: renew?.rebuild ?? false,
      onMessage: this.#onMessage,
    })
    this.#broken = undefined
    const host = await this.#host.catch((error: unknown) => {
      // What is wrong may be right at the next run of watch mode.
      this.#host = undefined
      this.#broken = presentable(error) as Error
      throw this.#broken
    })
    this.#sandbox?.open(host)
    this.#spares ??= new Spares(
      host,
      Math.max(0, Math.min(this.#spareWorkers, host.limit - this.workers)),
      this.#sandbox,
    )
    this.#spares.expect(workers)
    host.expect(workers)
    await this.#onBegin(host)
  }

  /** Makes no spare worker while `hold` is set: those there are stay. */
  holdSpares(hold: boolean): void {
    this.#spares?.hold(hold)
  }

  /** Test files use the driver of databases: spare workers load it too. */
  loadDriverAhead(): void {
    this.#spares?.loadDriver()
  }

  /** The run has no lanes, and why. */
  refuse(reason: unknown): void {
    this.#broken ??= presentable(reason) as Error
  }

  /**
   * Has the next run begin with a host of its own, and so with templates of what their inputs are then.
   *
   * @param rebuild build them also where their inputs are the same.
   */
  renew({ rebuild }: { rebuild: boolean }): void {
    this.#renew = { rebuild: rebuild || this.#renew?.rebuild === true }
  }

  async seat(options: WorkerOptions): Promise<Seat> {
    if (this.#broken !== undefined) throw this.#broken
    if (this.#spares === undefined) throw new Error('A worker was asked for before the run began.')
    const group = options.env[groupVariable]
    const begun = this.#ofGroups.join(group)
    const seat =
      begun === undefined
        ? await this.#spares.take(options).catch((error: unknown) => {
            throw presentable(error)
          })
        : this.#seatOn(begun, this.#spares, options)
    if (begun === undefined) this.#ofGroups.begin(group, seat.lane)
    this.seated(seat.process)
    return seat
  }

  /** Makes a seat on the lane of a group. When it cannot be made, the lane is free and the group's no more. */
  #seatOn(lane: LeasedLane, spares: Spares, options: WorkerOptions): Seat {
    try {
      return spares.makeOn(lane, options)
    } catch (error) {
      this.#ofGroups.abandon(lane.id)
      throw presentable(error)
    }
  }

  /** Waits for a lane for a worker that is no process of its own. */
  async lane(group: string | undefined): Promise<LeasedLane> {
    if (this.#broken !== undefined) throw this.#broken
    const begun = this.#ofGroups.join(group)
    if (begun !== undefined) return begun
    const host = await this.#host
    if (host === undefined) throw new Error('A lane was asked for before the run began.')
    const lane = await host.acquire({ slot: 0 }).catch((error: unknown) => {
      throw presentable(error)
    })
    this.#ofGroups.begin(group, lane)
    return lane
  }

  /** A file has run, or will not. After the last of a group its lane is free. */
  fileDone(file: string): void {
    const over = this.#ofGroups.fileDone(file)
    if (over !== undefined) void this.#release(over.lane.id, `group "${over.group}"`)
  }

  /** The run is over: lanes of groups that were not run to their end are free. */
  async ended(): Promise<void> {
    await Promise.all(
      this.#ofGroups
        .clear()
        .map(async ({ lane, group }) => await this.#release(lane.id, `group "${group}"`)),
    )
  }

  /** Notes a worker that has a lane. */
  seated(worker: LaneWorker): void {
    this.#workers.seated(worker)
  }

  /** Notes that a worker has begun: its slot is known now. */
  began({ lane, process }: { lane: LeasedLane; process: LaneWorker }): void {
    this.#workers.began(process, lane.id)
    const { slot, pid } = process
    this.#note((host) => host.held(lane.id, { slot, pid }))
  }

  /** Notes which files a worker runs. */
  running(process: LaneWorker, files: readonly string[]): void {
    this.#workers.running(process, files)
    const [first] = files
    if (first !== undefined) this.at(first, relative(this.#root, first))
  }

  /** Notes which test of a file runs, for whoever looks at the registry. */
  at(file: string, test: string, since?: number): void {
    const lane = this.#workers.lane(this.#workers.of(file))
    if (lane !== undefined) this.#note((host) => host.beat(lane, test, since))
  }

  /** Tells the record of the run who works on which lane; `worker` is Vitest's number. */
  tell(process: LaneWorker, worker: number): void {
    const lane = this.#workers.lane(process)
    if (lane !== undefined) this.#note((host) => host.leased(lane, String(worker), process.slot))
  }

  /** Notes a failed test: what helps to understand it is kept before its lane is used again. */
  failed(file: string, test: string): void {
    const process = this.#workers.of(file)
    if (process !== undefined) this.#failed.add(process, test)
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

  /**
   * A worker has exited: evidence is kept, then its lane is free, or replaced when `discard` is set. `died` names the file
   * with which it did so unasked.
   */
  leave(
    { lane, process }: { lane: LeasedLane; process: LaneWorker },
    { discard = false, died }: { discard?: boolean; died?: Died | undefined } = {},
  ): void {
    if (process instanceof WorkerProcess) rmSync(process.progress, { force: true })
    if (discard) this.#ofGroups.abandon(lane.id, died)
    else if (died !== undefined) this.#ofGroups.lost(died)
    const files = this.#workers.left(process)
    const leaving = this.#leave(lane, process, { files, discard }).finally(() =>
      this.#leaving.delete(leaving),
    )
    this.#leaving.add(leaving)
  }

  /** Waits until the workers that test files ran in are gone. */
  async workersGone(): Promise<void> {
    await this.#workers.gone()
    await Promise.all(this.#leaving)
  }

  /** What was kept since the last call, once the lanes of failed tests have been looked at. */
  async kept(): Promise<readonly Kept[]> {
    await this.#workers.gone(this.#failed.workers)
    await Promise.all(this.#leaving)
    return this.#failed.take()
  }

  async close(): Promise<void> {
    await this.#spares?.close()
    await Promise.all(this.#leaving)
    const host = await this.#host?.catch(() => undefined)
    this.#spares = undefined
    this.#host = undefined
    await Promise.all([host?.close(), this.#sandbox?.close()])
  }

  #note(note: (host: LaneHost) => void): void {
    // What is said of a lane that its worker has just left is nobody's business.
    void this.#host?.then(note).catch(() => undefined)
  }

  async #leave(
    { id: lane, leases }: LeasedLane,
    process: LaneWorker,
    { files, discard }: { files: readonly string[]; discard: boolean },
  ): Promise<void> {
    const host = this.#host
    if (process instanceof WorkerProcess) {
      this.#sandbox?.left(process, files, leases)
      const { footprint } = process
      if (footprint !== undefined) (await host)?.usedApart(lane, files, footprint)
    }
    await this.#failed.keep(process, lane, await host)
    if (this.#ofGroups.leave(lane)) return
    await this.#release(lane, files.map((file) => relative(this.#root, file)).join(', '), discard)
  }

  async #release(lane: string, after: string, discard = false): Promise<void> {
    const { reset, database } = this.#reset
    const host = await this.#host
    host?.release(lane, {
      discard,
      keep: reset === 'never',
      fresh: database === 'fresh-file',
      ...(after === '' ? {} : { after }),
    })
  }
}
