import { existsSync } from 'node:fs'
import { plain } from '@isolane/core/host'
import type { Reporter, TestCase, TestSpecification } from 'vitest/node'
import type {} from '../shared/messages.ts'
import type { Kept } from './failed-tests.ts'
import type { ProjectLanes } from './project-lanes.ts'
import type { RunTurns } from './turns/run-turns.ts'

/** Begins and ends the lanes of a run with Vitest's own events, and prints what was kept of failed tests. */
export class LaneReporter implements Reporter {
  readonly #projects: ReadonlyMap<string, ProjectLanes>
  readonly #turns: RunTurns
  readonly #print: (line: string) => void
  readonly #watch: boolean
  #fromTests: Kept[] = []
  #running = false
  #hint: string | undefined

  constructor(options: {
    readonly projects: ReadonlyMap<string, ProjectLanes>
    readonly turns: RunTurns
    readonly watch: boolean
    readonly print: (line: string) => void
  }) {
    this.#projects = options.projects
    this.#turns = options.turns
    this.#watch = options.watch
    this.#print = options.print
  }

  /** Whether tests run now. */
  get running(): boolean {
    return this.#running
  }

  /** What to tell the user once, when watch mode waits for the first time. */
  hint(text: string | undefined): void {
    this.#hint = text
  }

  onWatcherStart(): void {
    this.#running = false
    if (this.#hint !== undefined) this.#print(`isolane: ${this.#hint}`)
    this.#hint = undefined
  }

  async onTestRunStart(specifications: readonly TestSpecification[]): Promise<void> {
    this.#running = true
    this.#fromTests = []
    try {
      await this.#begin(specifications)
    } catch (error) {
      // Watch mode would end with it: there the workers that find no lanes tell why.
      if (!this.#watch) throw error
      for (const lanes of this.#projects.values()) lanes.refuse(error)
    }
  }

  async #begin(specifications: readonly TestSpecification[]): Promise<void> {
    this.#turns.plan(specifications)
    for (const [name, lanes] of this.#projects) {
      const files = specifications.filter(
        ({ project, pool }) => project.name === name && pool === 'isolated',
      )
      const [first] = files
      if (first === undefined) continue
      const { isolate } = first.project.config
      const { groups, workers } = lanes
      const most = groups?.lanesFor(files.length) ?? files.length
      await lanes.begin(isolate ? most : Math.min(most, workers))
    }
  }

  onTestCaseReady(test: TestCase): void {
    const { startTime } = test.diagnostic() ?? {}
    this.#projects.get(test.project.name)?.at(test.module.moduleId, test.fullName, startTime)
  }

  onTestCaseResult(test: TestCase): void {
    if (test.result().state !== 'failed') return
    const { isolane } = test.meta()
    if (isolane === undefined)
      this.#projects.get(test.project.name)?.failed(test.module.moduleId, test.fullName)
    else this.#fromTests.push({ test: test.fullName, when: 'when it failed', ...isolane })
  }

  async onTestRunEnd(): Promise<void> {
    await Promise.all([...this.#projects.values()].map(async (lanes) => await lanes.ended()))
    const kept = [...this.#fromTests]
    for (const lanes of this.#projects.values()) kept.push(...(await lanes.kept()))
    if (kept.length === 0) return
    this.#print('\n Kept from the lanes of failed tests\n')
    let gone = 0
    for (const { test, lane, when, kept: evidence } of kept) {
      this.#print(`  ${plain(test)}  (lane ${lane}, ${when})`)
      for (const { resource, summary, path, open } of evidence) {
        this.#print(`    ${resource}: ${plain(summary)}`)
        if (path === undefined) continue
        // Many failed tests push out the copies of the first.
        if (!existsSync(path)) {
          gone += 1
          continue
        }
        this.#print(`      ${path}`)
        if (open !== undefined) this.#print(`      open: ${open}`)
      }
    }
    if (gone > 0) this.#print(`\n  Only the newest copies stay: ${gone} of these are gone.`)
  }
}
