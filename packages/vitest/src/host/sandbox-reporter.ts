import {
  keptApartLine,
  makeReport,
  partsLine,
  stayedInsideLine,
  workerCollector,
  writeReport,
} from '@isolane/core/host'
import type { Part, ReportedWorker } from '@isolane/core/host'
import type { Reporter, TestRunEndReason } from 'vitest/node'
import type { ProjectLanes } from './project-lanes.ts'

/**
 * Says what the sandboxes of a run, of all its projects, kept apart, and writes `.isolane/sandbox.json`; under
 * `isolane run`, which does both for everything that it runs, it hands over what it knows.
 */
export class SandboxReporter implements Reporter {
  /** Root of the project, for all of Vitest's projects: what lies below it is copied on write. */
  readonly root: string
  readonly #print: (line: string) => void
  readonly #said = new Set<string>()
  readonly #projects = new Set<ProjectLanes>()
  #parts: readonly Part[] = []
  #workers: ReportedWorker[] = []

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

  /** Sandboxes with these parts are open. */
  begin(parts: readonly Part[]): void {
    this.#parts = parts
    if (workerCollector() === undefined) this.say(partsLine(parts))
  }

  /** A worker has ended that ran test files. */
  add(worker: Omit<ReportedWorker, 'runner'>): void {
    const collector = workerCollector()
    if (collector !== undefined) collector(worker)
    else this.#workers.push({ ...worker, runner: { name: 'Vitest', pid: process.pid } })
  }

  async onTestRunEnd(_modules: unknown, _errors: unknown, reason: TestRunEndReason): Promise<void> {
    await Promise.all([...this.#projects].map((project) => project.workersGone()))
    const workers = this.#workers
    this.#workers = []
    if (workers.length === 0) return
    const report = makeReport({
      command: ['vitest', ...process.argv.slice(2)],
      root: this.root,
      parts: this.#parts,
      exitCode: null,
      runners: [{ name: 'Vitest', pid: process.pid, workers: workers.length }],
      forwarded: [],
      workers,
    })
    writeReport(this.root, report)
    // Nothing could meet anything in a run of one file.
    if (workers.length > 1) this.#print(`\nisolane: ${keptApartLine(report.keptApart)}`)
    const inside = reason === 'failed' ? stayedInsideLine(report) : undefined
    if (inside !== undefined) this.#print(`isolane: ${inside}`)
  }
}
