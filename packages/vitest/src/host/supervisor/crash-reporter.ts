import { relative } from 'node:path'
import { plain } from '@isolane/core/host'
import type { Reporter, Vitest } from 'vitest/node'

/** A file that ran again because its worker had died. */
export interface Requeued {
  readonly project: string
  /** Absolute. */
  readonly file: string
  readonly where: string
  readonly how: string
}

/** Says at the end of a run, of all its projects, which files crashed and ran again: such a run is not simply green. */
export class CrashReporter implements Reporter {
  readonly #vitest: Vitest
  readonly #print: (line: string) => void
  #requeued: Requeued[] = []

  constructor(vitest: Vitest, print: (line: string) => void) {
    this.#vitest = vitest
    this.#print = print
  }

  /** How many files ran again in this run. */
  get count(): number {
    return this.#requeued.length
  }

  add(requeued: Requeued): void {
    this.#requeued.push(requeued)
  }

  onTestRunStart(): void {
    this.#requeued = []
  }

  onTestRunEnd(): void {
    if (this.#requeued.length === 0) return
    this.#print('\n Crashed, and run again on a fresh lane\n')
    for (const { project, file, where, how } of this.#requeued) {
      const path = plain(relative(this.#vitest.config.root, file).replaceAll('\\', '/'))
      this.#print(`  crashed  ${path}  ${where}: ${how}`)
      this.#print(`           ${this.#outcome(project, file)}`)
    }
    this.#print('')
  }

  #outcome(project: string, file: string): string {
    const modules = this.#vitest.state.getTestModules([file])
    const state = modules.find((one) => one.project.name === project)?.state()
    return state === 'passed'
      ? 'It passed when it ran again.'
      : `When it ran again: ${state ?? 'no result'}.`
  }
}
