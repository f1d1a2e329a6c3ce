import { identity } from './events.ts'
import type { Told } from './events.ts'

/** A test that began and has not ended. */
export interface RunningTest {
  readonly titles: readonly string[]
  readonly line: number | undefined
  readonly startMs: number
}

/** What runs in the process of each file, so that a process that dies can be told by its test. */
export class RunningTests {
  readonly #files = new Map<string, Map<string, RunningTest>>()
  readonly #titles = new Map<string, string[]>()

  hear(type: string, told: Told, now = Date.now()): void {
    const { name, nesting, line, file = '' } = told
    const running = this.#files.get(file) ?? new Map<string, RunningTest>()
    this.#files.set(file, running)
    if (type !== 'test:dequeue') {
      running.delete(identity(told))
      return
    }
    const titles = [...(this.#titles.get(file) ?? []).slice(0, nesting), name]
    this.#titles.set(file, titles)
    running.set(identity(told), { titles, line, startMs: now })
  }

  /** The innermost test of a file that began last. */
  of(file: string): RunningTest | undefined {
    return [...(this.#files.get(file)?.values() ?? [])].at(-1)
  }

  /** True when a test of the file began. */
  knows(file: string): boolean {
    return this.#files.has(file)
  }
}
