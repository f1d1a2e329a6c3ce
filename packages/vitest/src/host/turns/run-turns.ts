/**
 * The turns of one Vitest, of all its projects on lanes. Vitest hands out as many files as there are workers, in its
 * order, whatever they are (`Pool.schedule`). So that none of the workers stands idle for a limit or a group, it is told
 * of more of them while such files are in the run: as many as may have to wait. Only as many as the user wants run.
 */
import type {
  PoolOptions,
  PoolWorker,
  Reporter,
  TestProject,
  TestSpecification,
  Vitest,
} from 'vitest/node'
import { IsolaneError, presentable } from '@isolane/core'
import type { LaneHost } from '@isolane/core/host'
import { groupsKey } from '../../shared/groups.ts'
import { AutoWorkers } from './auto-workers.ts'
import { workersOf } from '../workers-of.ts'
import { filesMatching } from './files-matching.ts'
import { onLaneOfGroup, turnOf } from './member.ts'
import type { Member, ProjectOptions } from './member.ts'
import { keepGroupsTogether } from './grouped-sequencer.ts'
import { Slots } from './slots.ts'
import { TurnWorker } from './turn-worker.ts'
import { Turns } from './turns.ts'

const known = new WeakMap<Vitest, RunTurns>()

export class RunTurns implements Reporter {
  readonly #turns = new Turns()
  readonly #slots = new Slots()
  readonly #members = new Map<string, Member>()
  readonly #raised = new Map<TestProject, number>()
  readonly #said = new Set<string>()
  #auto: AutoWorkers | undefined
  #needed = false
  #keepsGroups = false

  /** The turns of a Vitest, whichever plugin gave its projects their lanes. */
  static of(vitest: Vitest): RunTurns {
    let turns = known.get(vitest)
    // A config that was changed in watch mode is read anew, plugins included.
    if (turns === undefined || !vitest.config.reporters.includes(turns)) {
      turns = new RunTurns()
      known.set(vitest, turns)
      vitest.config.reporters.push(turns)
    }
    return turns
  }

  add(project: TestProject, options: ProjectOptions): void {
    const matching = filesMatching(options.limits, project.config.root)
    for (const [glob, most] of Object.entries(options.limits)) this.#turns.limit(glob, most)
    // Fewer lanes than workers are one more limit, of all files of the project.
    const ofLanes = options.lanes < options.workers ? [`\0lanes of ${project.name}`] : []
    for (const limit of ofLanes) this.#turns.limit(limit, options.lanes)
    this.#members.set(project.name, {
      ...options,
      project,
      globsOf: (file) => [...matching(file), ...ofLanes],
      idle: new Set(),
      live: new Set(),
      last: new Map(),
    })
    if (options.groups !== undefined && !this.#keepsGroups) {
      this.#keepsGroups = true
      keepGroupsTogether(project.vitest, (file) => this.#groupOf(file))
    }
    if (!options.auto) return
    this.#auto ??= new AutoWorkers({
      turns: this.#turns,
      workers: () => Math.max(...[...this.#members.values()].map(({ lanes }) => lanes)),
      onChange: (short) => {
        for (const { holdSpares } of this.#members.values()) holdSpares(short.memory)
      },
      print: options.print,
    })
  }

  /** A worker for Vitest: in a run without turns to wait for, one of the project's own. */
  worker(pool: PoolOptions): PoolWorker {
    const member = this.#members.get(pool.project.name)
    if (member === undefined) throw new Error(`Project "${pool.project.name}" has no turns.`)
    if (!this.#needed) return member.makeWorker(pool)
    const { workers, lanes, idle, live, last, fileDone } = member
    return new TurnWorker(
      {
        turns: this.#turns,
        slots: this.#slots,
        workers,
        lanes,
        turnOf: (files) => turnOf(member, files),
        fileDone,
        idle,
        live,
        last,
        makeWorker: (one, files) => member.makeWorker(onLaneOfGroup(member, one, files)),
      },
      pool,
      member.cacheFs(),
    )
  }

  /** The lanes of a project are there, and its files run soon. */
  async begin(host: LaneHost): Promise<void> {
    await this.#auto?.begin(host)
  }

  /**
   * Plans the turns of a run. Before the lanes of its projects are counted, and before its files are handed out.
   *
   * @throws IsolaneError `ISOLANE_OPTION` when `group` answers with no name, or when a project with groups runs beside
   *   one that cannot wait for them.
   */
  plan(specifications: readonly TestSpecification[]): void {
    this.#restore()
    this.#needed = this.#auto !== undefined
    for (const { project, groups } of this.#members.values()) {
      if (groups === undefined) continue
      this.#needed = true
      const files = specifications.filter((one) => one.project === project && isOnLanes(one))
      groups.begin(files.map(({ moduleId }) => moduleId))
      project.provide(groupsKey, groups.byFile)
    }
    this.#even(specifications)
    for (const beside of inParallel(specifications)) this.#raise(beside)
    const matched = new Set(specifications.flatMap((one) => this.#globsOf(one)))
    for (const member of this.#members.values()) void this.#doubt(member, matched)
  }

  onTestRunEnd(): void {
    this.#restore()
    this.#auto?.end()
  }

  #raise(beside: readonly TestSpecification[]): void {
    const grouped = beside.find((one) => this.#groupOf(one) !== undefined)
    const more = grouped === undefined ? this.#mayWait(beside) : beside.length
    if (more === 0) return
    this.#needed = true
    const other = beside.find(({ project }) => !this.#members.has(project.name))
    if (other !== undefined) {
      if (grouped !== undefined) throw presentable(mixed(grouped.project, other.project))
      const short = beside.some(({ project }) => this.#isShort(project))
      this.#say(
        `with ${short ? 'fewer lanes than workers' : 'limits'}, workers may stand idle: project "${other.project.name}" runs beside them on another pool. Give it a sequence.groupOrder of its own.`,
      )
      return
    }
    for (const project of new Set(beside.map((one) => one.project))) {
      this.#setWorkers(project, project.config.maxWorkers + more)
    }
  }

  /**
   * Gives projects that have fewer lanes than workers as many workers as those beside them, where Vitest asks for the same
   * number (`groupSpecs`): their files take turns for the lanes.
   */
  #even(specifications: readonly TestSpecification[]): void {
    const beside = Map.groupBy(
      specifications.filter(
        ({ project: { config }, pool }) =>
          pool !== 'typescript' &&
          !(config.isolate && config.sequence.groupOrder === 0 && config.maxWorkers === 1),
      ),
      ({ project }) => project.config.sequence.groupOrder,
    )
    for (const group of beside.values()) {
      const projects = [...new Set(group.map(({ project }) => project))]
      if (new Set(projects.map(workersOf)).size === 1) continue
      for (const project of projects.filter((one) => this.#isShort(one))) {
        this.#needed = true
        this.#setWorkers(project, this.#members.get(project.name)?.workers ?? 1)
      }
    }
  }

  /** Whether a project has fewer lanes than workers. */
  #isShort({ name }: TestProject): boolean {
    const { lanes = 0, workers = 0 } = this.#members.get(name) ?? {}
    return lanes < workers
  }

  #setWorkers(project: TestProject, workers: number): void {
    if (!this.#raised.has(project)) this.#raised.set(project, project.config.maxWorkers)
    project.config.maxWorkers = workers
  }

  /** How many files may have to wait for a limit at once. At least one of them runs while others wait. */
  #mayWait(beside: readonly TestSpecification[]): number {
    const limited = beside.filter((one) => this.#globsOf(one).length > 0)
    const counts = Map.groupBy(
      limited.flatMap((one) => this.#globsOf(one)),
      (glob) => glob,
    )
    const workers = Math.max(...beside.map(({ project }) => workersOf(project)))
    const mayWait = [...counts]
      .map(([glob, { length }]) => [length, this.#turns.limitOf(glob)] as const)
      .filter(([, most]) => most < workers)
      .reduce((sum, [files, most]) => sum + Math.max(0, files - most), 0)
    return Math.min(mayWait, Math.max(0, limited.length - 1))
  }

  /** Says of a limit that matches none of the run's files when no other file of the project matches it either. */
  async #doubt({ project, limits, globsOf }: Member, matched: ReadonlySet<string>): Promise<void> {
    const doubted = Object.keys(limits).filter((glob) => !matched.has(glob))
    if (doubted.length === 0) return
    const { testFiles } = await project.globTestFiles().catch(() => ({ testFiles: undefined }))
    const known = new Set(testFiles?.flatMap((file) => globsOf(file)) ?? doubted)
    for (const glob of doubted) {
      if (!known.has(glob)) this.#say(`limits: no test file of the project matches "${glob}".`)
    }
  }

  #restore(): void {
    for (const [project, workers] of this.#raised) project.config.maxWorkers = workers
    this.#raised.clear()
  }

  #globsOf(file: TestSpecification): readonly string[] {
    if (!isOnLanes(file)) return []
    return this.#members.get(file.project.name)?.globsOf(file.moduleId) ?? []
  }

  #groupOf(file: TestSpecification): string | undefined {
    if (!isOnLanes(file)) return undefined
    return this.#members.get(file.project.name)?.groups?.of(file.moduleId)
  }

  #say(message: string): void {
    if (this.#said.has(message)) return
    this.#said.add(message)
    for (const { print } of [...this.#members.values()].slice(0, 1)) print(`isolane: ${message}`)
  }
}

function isOnLanes({ pool }: TestSpecification): boolean {
  return pool === 'isolated'
}

/** The files that Vitest runs beside each other on more than one worker (`groupSpecs`). */
function inParallel(specifications: readonly TestSpecification[]): TestSpecification[][] {
  const parallel = specifications.filter(
    ({ project, pool }) => pool !== 'typescript' && workersOf(project) > 1,
  )
  const byOrder = Map.groupBy(parallel, ({ project }) => project.config.sequence.groupOrder)
  return [...byOrder.values()]
}

function mixed(grouped: TestProject, other: TestProject): IsolaneError {
  return new IsolaneError('ISOLANE_OPTION', {
    message: `isolated.group: project "${grouped.name}" has groups and runs beside project "${other.name}", whose pool "${other.config.pool}" cannot wait for them.`,
    hint: `give project "${grouped.name}" a sequence.groupOrder of its own.`,
    details: { path: 'isolated.group', project: grouped.name, beside: other.name },
  })
}
