import { IsolaneError, presentable } from '@isolane/core'
import type { PoolOptions, PoolWorker, TestProject, TestSpecification, Vitest } from 'vitest/node'
import { keepGroupsTogether } from './grouped-sequencer.ts'
import type { ProjectLanes } from './project-lanes.ts'
import { TurnWorker } from './turn-worker.ts'
import { Turns } from './turns.ts'

const known = new WeakMap<Vitest, GroupedRun>()

/** What all projects of one Vitest share when a project has groups: their places, and whose turn it is. */
export class GroupedRun {
  readonly #turns = new Turns()
  readonly #projects = new Map<TestProject, ProjectLanes>()
  #isGrouped = false

  static of(vitest: Vitest): GroupedRun {
    const run = known.get(vitest) ?? new GroupedRun()
    known.set(vitest, run)
    return run
  }

  add(project: TestProject, lanes: ProjectLanes): void {
    this.#projects.set(project, lanes)
    if (lanes.groups === undefined || this.#isGrouped) return
    this.#isGrouped = true
    keepGroupsTogether(project.vitest, (file) => {
      return this.#projects.get(file.project)?.groups?.of(file.moduleId)
    })
  }

  /** The worker that Vitest gets: one that waits for its turn when there are groups. */
  worker(
    lanes: ProjectLanes,
    pool: PoolOptions,
    make: (pool: PoolOptions) => PoolWorker,
  ): PoolWorker {
    return this.#isGrouped ? new TurnWorker({ turns: this.#turns, lanes, pool, make }) : make(pool)
  }

  /**
   * Tells Vitest of as many workers as there are files, so that it starts all of them and no place is taken by a file
   * that must wait for its group.
   *
   * @throws IsolaneError `ISOLANE_OPTION` when a project without lanes would get so many workers too.
   */
  begin(files: readonly TestSpecification[]): void {
    if (!this.#isGrouped) return
    for (const order of new Set(files.map(orderOf))) {
      const beside = files.filter((file) => orderOf(file) === order && file.pool !== 'typescript')
      const projects = [...new Set(beside.map(({ project }) => project))].filter(
        // Vitest runs these one by one after all others.
        (project) => !(project.config.isolate && order === 0 && this.#placesOf(project) === 1),
      )
      const grouped = projects.find((project) => {
        return this.#projects.get(project)?.groups !== undefined && this.#placesOf(project) > 1
      })
      if (grouped === undefined) continue
      const other = projects.find((project) => !this.#projects.has(project))
      if (other !== undefined) throw presentable(mixed(grouped, other))
      for (const project of projects) project.config.maxWorkers = beside.length
    }
  }

  #placesOf(project: TestProject): number {
    return this.#projects.get(project)?.workers ?? project.config.maxWorkers
  }
}

function orderOf({ project }: TestSpecification): number {
  return project.config.sequence.groupOrder
}

function mixed(grouped: TestProject, other: TestProject): IsolaneError {
  return new IsolaneError('ISOLANE_OPTION', {
    message: `isolated.group: project "${grouped.name}" has groups and runs beside project "${other.name}", whose pool "${other.config.pool}" cannot wait for them.`,
    hint: `give project "${grouped.name}" a sequence.groupOrder of its own.`,
    details: { path: 'isolated.group', project: grouped.name, beside: other.name },
  })
}
