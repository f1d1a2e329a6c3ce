import { relative } from 'node:path'
import { keptApart, keptApartLine } from '@isolane/core/host'
import type { WorkerFootprint } from '@isolane/core/host'
import type { Reporter } from 'vitest/node'
import type { ProjectLanes } from './project-lanes.ts'

/** Says what the sandboxes of a run, of all its projects, kept apart. */
export class SandboxReport implements Reporter {
  /** Root of the project, for all of Vitest's projects: what lies below it is copied on write. */
  readonly root: string
  readonly #print: (line: string) => void
  readonly #said = new Set<string>()
  readonly #projects = new Set<ProjectLanes>()
  #workers: WorkerFootprint[] = []

  constructor(root: string, print: (line: string) => void) {
    this.root = root
    this.#print = print
  }

  /** Waits for the workers of this project, too, before it tells what was kept apart. */
  watch(project: ProjectLanes): void {
    this.#projects.add(project)
  }

  /** Tells the user something, once. */
  say(message: string): void {
    if (this.#said.has(message)) return
    this.#said.add(message)
    this.#print(`isolane: ${message}`)
  }

  /** A worker has ended that ran these files. */
  add(worker: { files: readonly string[] } & Omit<WorkerFootprint, 'name'>): void {
    const { files, footprint, own = [] } = worker
    const name = files.map((file) => relative(this.root, file)).join(', ')
    this.#workers.push({ name, footprint, own })
  }

  async onTestRunEnd(): Promise<void> {
    await Promise.all([...this.#projects].map((project) => project.workersGone()))
    const workers = this.#workers
    this.#workers = []
    if (workers.length === 0) return
    this.#print(`\nisolane: ${keptApartLine(keptApart(this.root, workers))}`)
  }
}
