import { EventEmitter } from 'node:events'
import { relative } from 'node:path'
import type { PoolOptions, PoolWorker, WorkerRequest } from 'vitest/node'
import { withoutCancelled } from './cancelling.ts'
import type { ProjectLanes } from './project-lanes.ts'
import { onBehalfOf } from './seen-inside.ts'
import { isDriverUsed } from '../shared/ahead.ts'
import { isRenewalRequest } from '../shared/renewal.ts'
import type { RenewalRequest } from '../shared/renewal.ts'
import { restOf } from './rest-of-run.ts'
import type { Run } from './rest-of-run.ts'
import type { Seat } from './spares.ts'
import { Answers } from './supervisor/answers.ts'
import { isChannelMessage } from './supervisor/calls.ts'
import type { FileTask, TaskError } from './supervisor/calls.ts'
import type { Duty, DutyEnd } from './supervisor/duty.ts'
import { openDuty } from './supervisor/open-duty.ts'
import type { Supervisor } from './supervisor/supervisor.ts'
import { Told } from './supervisor/told.ts'

type Start = Extract<WorkerRequest, { type: 'start' }>
type Listener = Parameters<PoolWorker['on']>[1]

/**
 * One worker of the `isolated` pool as Vitest knows it. Behind it is a process with Vitest's own worker code on a lane
 * of its own; after a crash another one, and when a test has left its lane so that it cannot be reset. Vitest sees
 * neither how long a process takes to start, for which it has clocks of its own, nor how it ends. A lane is free again
 * only after its process has exited: Vitest gives a pool id away while the old process still runs
 * (https://github.com/vitest-dev/vitest, `Pool.schedule`).
 */
export class IsolatedPoolWorker implements PoolWorker {
  readonly name = 'isolated'
  readonly cacheFs: boolean
  readonly #lanes: ProjectLanes
  readonly #supervisor: Supervisor
  readonly #options: PoolOptions
  readonly #vitest = new EventEmitter()
  readonly #answers = new Answers((message) => this.#vitest.emit('message', message))
  #start: Start | undefined
  #run: Run | undefined
  /** The run that ended last. */
  #before: Run | undefined
  #told = new Told()
  /** How often each file of the run has crashed. */
  #crashes = new Map<string, number>()
  /** The process that works now, and the same once it can take work. */
  #duty: Duty | undefined
  /** Processes that have asked for another one in their place. */
  readonly #renewals = new WeakMap<Duty, RenewalRequest>()
  #ready: Promise<Duty | undefined> = Promise.resolve(undefined)
  #stopped = false

  constructor(lanes: ProjectLanes, supervisor: Supervisor, options: PoolOptions) {
    this.#lanes = lanes
    this.#supervisor = supervisor
    this.#options = options
    this.cacheFs = lanes.cacheFs
  }

  /** The process is made when Vitest says with what to start it. */
  async start(): Promise<void> {}

  on(event: string, callback: Listener): void {
    this.#vitest.on(event, callback)
  }

  off(event: string, callback: Listener): void {
    this.#vitest.off(event, callback)
  }

  send(message: WorkerRequest): void {
    if (isChannelMessage(message)) {
      if (!this.#answers.settle(message)) this.#duty?.send(message)
      return
    }
    switch (message.type) {
      case 'start':
        this.#start = message
        this.#ready = this.#open()
        // At once: its clocks would count what a slow machine needs.
        setImmediate(() => this.#respond('started'))
        break
      case 'run':
        this.#run = message
        this.#told = new Told()
        this.#crashes.clear()
        void this.#work(message)
        break
      case 'stop':
        void this.#tearDown(message)
        break
      default:
        void this.#ready.then((duty) => duty?.send(message))
    }
  }

  deserialize(data: unknown): unknown {
    return data
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#duty?.stop()
    // Another one may be under way: it ends as soon as it is there.
    await this.#ready
  }

  async #open(): Promise<Duty | undefined> {
    if (this.#start === undefined) return undefined
    return await openDuty(this.#start, {
      lanes: this.#lanes,
      supervisor: this.#supervisor,
      pool: this.#options,
      isStopped: () => this.#stopped,
      onDuty: (duty) => (this.#duty = duty),
      onMessage: (duty, message) => this.#hear(duty, message),
      onEnd: (duty, end) => void this.#ended(duty, end),
      fileOf: (noted) => this.#fileOf(noted),
      onFailure: (error) => {
        this.#finished()
        if (this.#vitest.listenerCount('error') > 0) this.#vitest.emit('error', error)
      },
    })
  }

  async #tearDown(stop: WorkerRequest): Promise<void> {
    const duty = await this.#ready
    if (duty === undefined || duty.isOver) this.#respond('stopped')
    else duty.send(stop)
  }

  async #work(run: Run): Promise<void> {
    const asked = this.#run
    // It may have died since its last file, or not have started for that one.
    this.#ready = this.#ready.then(async (duty) =>
      duty?.isOver === false || this.#run !== asked ? duty : await this.#open(),
    )
    const duty = await this.#ready
    // Vitest has been told when it could not start.
    if (duty === undefined || this.#stopped || this.#run !== asked) return
    const files = withoutCancelled(
      run.context.files,
      this.#options.project,
      (file) => this.#told.idOf(file) !== undefined,
    )
    if (files.length === 0) {
      this.#finished()
      this.#respond('testfileFinished')
      return
    }
    this.#lanes.running(
      duty.seat.process,
      files.map(({ filepath }) => filepath),
    )
    this.#lanes.tell(duty.seat.process, run.context.workerId)
    duty.send({ ...run, context: { ...run.context, files } })
  }

  #hear(duty: Duty, message: unknown): void {
    if (isChannelMessage(message)) {
      if (message.t === 's') this.#deliver(duty, message)
      else {
        const heard = this.#told.hear(message)
        if (heard.forward !== undefined) this.#deliver(duty, heard.forward)
        else if (message.i !== undefined) duty.send({ t: 's', i: message.i, r: heard.answer })
      }
      return
    }
    if (isRenewalRequest(message)) {
      this.#renewals.set(duty, message)
      void duty.stop()
      return
    }
    if (isDriverUsed(message)) {
      this.#lanes.loadDriverAhead()
      return
    }
    const type: unknown = Reflect.get(Object(message), 'type')
    if (type === 'testfileFinished') this.#finished()
    if (type !== 'started') this.#deliver(duty, message)
    // `PoolRunner.stop` does so itself, unless it has waited for 60 s.
    if (type === 'stopped') void this.stop()
  }

  #deliver({ seat }: Duty, message: unknown): void {
    const { child, sandbox } = seat.process
    const deliver = (): boolean => this.#vitest.emit('message', message)
    if (sandbox === undefined || child.pid === undefined) deliver()
    else onBehalfOf(child.pid, message, this.#options.project.config.root, deliver)
  }

  async #ended(duty: Duty, end: DutyEnd): Promise<void> {
    const { seat } = duty
    const renewal = this.#renewals.get(duty)
    // After its teardown nothing keeps it alive.
    const asked = renewal === undefined && (this.#stopped || duty.hasStopped) && !end.hung
    // Before its lane is anybody's again: what it has started may still listen on the lane's port, or write.
    if (!asked) await this.#supervisor.cleanUp(seat)
    if (renewal !== undefined) {
      this.#lanes.leave(seat, { discard: true })
      await this.#renew(renewal, end)
      return
    }
    const { state } = end
    const after = state === 'starting' ? undefined : this.#lastFile
    const file = state === 'running' ? this.#fileOf(end.progress?.file) : after
    const leave = (breaksOff = false): void =>
      this.#lanes.leave(seat, {
        discard: !asked && state !== 'idle',
        died: asked || end.signal === 'SIGINT' ? undefined : { file, breaksOff },
      })
    if (asked || state === 'starting') leave()
    else if (state === 'idle') {
      const worker = String(this.#before?.context.workerId)
      if (file !== undefined) this.#supervisor.brokeIdle(seat, end, file, worker)
      leave()
    } else if (state === 'stopping') {
      const error = this.#supervisor.brokeTeardown(seat, end, file)
      leave()
      this.#respond('stopped', error)
    } else if (this.#run === undefined || file === undefined) leave()
    else await this.#broke(this.#run, file, { seat, end, leave })
  }

  /** A test left the lane so that it cannot be reset: what comes after it runs in a new process, on another lane. */
  async #renew(request: RenewalRequest, { results }: DutyEnd): Promise<void> {
    const run = this.#run
    if (this.#stopped || run === undefined) return
    this.#supervisor.renewed(request)
    const heldBack = this.#told.heldBack(results)
    if (heldBack !== undefined) await this.#answers.to(heldBack)
    await this.#again(restOf(run, request))
  }

  /** The process has died or was ended in the middle of a file. */
  async #broke(
    run: Run,
    file: string,
    { seat, end, leave }: { seat: Seat; end: DutyEnd; leave: (breaksOff?: boolean) => void },
  ): Promise<void> {
    const { workerId } = run.context
    const crashes = (this.#crashes.get(file) ?? 0) + (end.hung ? 0 : 1)
    this.#crashes.set(file, crashes)
    const verdict = this.#supervisor.broke(seat, end, { file, crashes, workerId: String(workerId) })
    const { tests, how, error } = verdict
    const ids = tests.map(({ id }) => id)
    if (error === undefined) {
      this.#told.crashed(ids.length > 0 ? ids : [this.#told.idOf(file) ?? ''], how)
      leave()
    } else {
      this.#lanes.failed(file, tests[0]?.name ?? relative(this.#options.project.config.root, file))
      leave(true)
      await this.#breakOff(file, ids, error, end.results)
    }
    const files = run.context.files.filter(
      ({ filepath }) => (filepath === file && error === undefined) || !this.#told.isDone(filepath),
    )
    await this.#again({ ...run, context: { ...run.context, files } })
  }

  /** Goes on with what is left of a run in a new process. */
  async #again(run: Run): Promise<void> {
    if (this.#stopped) return
    this.#told.again()
    if (run.context.files.length === 0) {
      this.#finished()
      this.#respond('testfileFinished')
      return
    }
    this.#lanes.expectMore()
    await this.#work(run)
  }

  async #breakOff(
    file: string,
    ids: readonly string[],
    error: TaskError,
    results: DutyEnd['results'],
  ): Promise<void> {
    const { project } = this.#options
    const known = project.vitest.state.filesMap.get(file)
    const placeholder = known?.find(({ projectName }) => (projectName ?? '') === project.name)
    const calls = this.#told.broken(file, ids, error, results, placeholder as FileTask | undefined)
    for (const call of calls) await this.#answers.to(call)
  }

  /** The file of this run that its worker was at: the one it has noted, or else the first that is not done. */
  #fileOf(noted: string | undefined): string | undefined {
    const files = this.#run?.context.files.map(({ filepath }) => filepath) ?? []
    const open = files.filter((file) => !this.#told.isDone(file))
    if (noted !== undefined && files.includes(noted)) return noted
    return open[0] ?? files.at(-1) ?? this.#lastFile
  }

  #finished(): void {
    this.#before = this.#run
    this.#run = undefined
  }

  get #lastFile(): string | undefined {
    return this.#before?.context.files.at(-1)?.filepath
  }

  #respond(type: 'started' | 'stopped' | 'testfileFinished', error?: unknown): void {
    this.#vitest.emit('message', {
      __vitest_worker_response__: true,
      type,
      ...(error === undefined ? {} : { error }),
    })
  }
}
