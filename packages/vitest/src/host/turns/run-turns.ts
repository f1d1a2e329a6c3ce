/**
 * The turns of one Vitest, of all its projects on lanes. Vitest hands out as many files as there are workers, in its
 * order, whatever they are (`Pool.schedule`). So that none of the workers stands idle for a limit, it is told of more
 * of them while files that match one are in the run: as many as may have to wait. Only as many as the user wants run.
 */
import type { PoolOptions, PoolWorker, TestProject, TestSpecification, Vitest } from 'vitest/node'
import type { Reporter } from 'vitest/node'
import type { LaneHost } from '@isolane/core/host'
import { AutoWorkers } from './auto-workers.ts'
import { filesMatching } from './files-matching.ts'
import type { Limits } from './limits.ts'
import { Slots } from './slots.ts'
import type { StartedWorker } from './started-worker.ts'
import { TurnWorker } from './turn-worker.ts'
import { Turns } from './turns.ts'

/** What a project brings to the turns of its run. */
export interface ProjectOptions {
  readonly limits: Limits
  /** Whether there are fewer workers while memory or CPU is short. */
  readonly auto: boolean
  /** The most workers the user wants. */
  readonly workers: number
  /** Whether workers can read the modules that the main process transforms from files. */
  readonly cacheFs: () => boolean
  readonly makeWorker: (options: PoolOptions) => PoolWorker
  /** Makes no worker ahead of need while memory is short. */
  readonly holdSpares: (hold: boolean) => void
  readonly print: (line: string) => void
}

interface Member extends ProjectOptions {
  readonly project: TestProject
  readonly globsOf: (file: string) => readonly string[]
  readonly idle: Set<TurnWorker>
  readonly live: Set<StartedWorker>
}

const known = new WeakMap<Vitest, RunTurns>()

export class RunTurns implements Reporter {
  readonly #turns = new Turns()
  readonly #slots = new Slots()
  readonly #members = new Map<string, Member>()
  readonly #raised = new Map<TestProject, number>()
  readonly #said = new Set<string>()
  #auto: AutoWorkers | undefined
  #needed = false

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
    const globsOf = filesMatching(options.limits, project.config.root)
    for (const [glob, most] of Object.entries(options.limits)) this.#turns.limit(glob, most)
    this.#members.set(project.name, {
      ...options,
      project,
      globsOf,
      idle: new Set(),
      live: new Set(),
    })
    if (!options.auto) return
    this.#auto ??= new AutoWorkers({
      turns: this.#turns,
      workers: () => Math.max(...[...this.#members.values()].map(({ workers }) => workers)),
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
    const { workers, globsOf, idle, live, makeWorker } = member
    return new TurnWorker(
      { turns: this.#turns, slots: this.#slots, workers, globsOf, idle, live, makeWorker },
      pool,
      member.cacheFs(),
    )
  }

  /** The lanes of a project are there, and its files run soon. */
  async begin(host: LaneHost): Promise<void> {
    await this.#auto?.begin(host)
  }

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.#restore()
    this.#needed = this.#auto !== undefined
    for (const group of groups(specifications)) this.#raise(group)
    const matched = new Set(specifications.flatMap((one) => this.#globsOf(one)))
    for (const member of this.#members.values()) void this.#doubt(member, matched)
  }

  onTestRunEnd(): void {
    this.#restore()
    this.#auto?.end()
  }

  #raise(group: readonly TestSpecification[]): void {
    const limited = group.filter((one) => this.#globsOf(one).length > 0)
    const counts = Map.groupBy(
      limited.flatMap((one) => this.#globsOf(one)),
      (glob) => glob,
    )
    const workers = Math.max(...group.map(({ project }) => project.config.maxWorkers))
    const mayWait = [...counts]
      .map(([glob, { length }]) => [length, this.#turns.limitOf(glob)] as const)
      .filter(([, most]) => most < workers)
      .reduce((sum, [files, most]) => sum + Math.max(0, files - most), 0)
    if (mayWait === 0) return
    this.#needed = true
    const other = group.find(({ project }) => !this.#members.has(project.name))
    if (other !== undefined) {
      this.#say(
        `with limits, workers may stand idle: project "${other.project.name}" runs beside them on another pool. Give it a sequence.groupOrder of its own.`,
      )
      return
    }
    // At least one of them runs while others wait.
    const more = Math.min(mayWait, limited.length - 1)
    for (const { project } of group) {
      if (this.#raised.has(project)) continue
      this.#raised.set(project, project.config.maxWorkers)
      project.config.maxWorkers += more
    }
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

  #globsOf({ project, pool, moduleId }: TestSpecification): readonly string[] {
    return pool === 'isolated' ? (this.#members.get(project.name)?.globsOf(moduleId) ?? []) : []
  }

  #say(message: string): void {
    if (this.#said.has(message)) return
    this.#said.add(message)
    for (const { print } of [...this.#members.values()].slice(0, 1)) print(`isolane: ${message}`)
  }
}

/** The files that Vitest runs beside each other on more than one worker (`groupSpecs`). */
function groups(specifications: readonly TestSpecification[]): TestSpecification[][] {
  const parallel = specifications.filter(
    ({ project, pool }) => pool !== 'typescript' && project.config.maxWorkers > 1,
  )
  const byOrder = Map.groupBy(parallel, ({ project }) => project.config.sequence.groupOrder)
  return [...byOrder.values()]
}
