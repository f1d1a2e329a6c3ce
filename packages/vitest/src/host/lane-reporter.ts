import { stripVTControlCharacters } from 'node:util'
import type { Reporter, TestCase, TestSpecification } from 'vitest/node'
import type {} from '../shared/messages.ts'
import type { Kept, ProjectLanes } from './project-lanes.ts'

/** Begins and ends the lanes of a run with Vitest's own events, and prints what was kept of failed tests. */
export class LaneReporter implements Reporter {
  readonly #projects: ReadonlyMap<string, ProjectLanes>
  readonly #print: (line: string) => void
  #fromTests: Kept[] = []

  constructor(projects: ReadonlyMap<string, ProjectLanes>, print: (line: string) => void) {
    this.#projects = projects
    this.#print = print
  }

  async onTestRunStart(specifications: readonly TestSpecification[]): Promise<void> {
    this.#fromTests = []
    for (const [name, lanes] of this.#projects) {
      const files = specifications.filter(
        ({ project, pool }) => project.name === name && pool === 'isolated',
      )
      const [first] = files
      if (first === undefined) continue
      const { isolate } = first.project.config
      await lanes.begin(isolate ? files.length : Math.min(files.length, lanes.workers))
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
    const kept = [...this.#fromTests]
    for (const lanes of this.#projects.values()) kept.push(...(await lanes.kept()))
    if (kept.length === 0) return
    this.#print('\n Kept from the lanes of failed tests\n')
    for (const { test, lane, when, kept: evidence } of kept) {
      this.#print(`  ${plain(test)}  (lane ${lane}, ${when})`)
      for (const { resource, summary, path, open } of evidence) {
        this.#print(`    ${resource}: ${plain(summary)}`)
        if (path !== undefined) this.#print(`      ${path}`)
        if (open !== undefined) this.#print(`      open: ${open}`)
      }
    }
  }
}

/** Test names and data are not ours: they must not steer the terminal. */
function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}+/gu, ' ')
}
