import type { ScopeName } from '@isolane/core/trace'
import { keyPath, TestKeys } from '@isolane/core/trace/report'
import type { RunnerTask, RunnerTestFile, RunnerTestSuite } from 'vitest'

/** How messages and the record call a worker's tests. */
export class TestNames {
  readonly #project: string
  readonly #cwd: string
  readonly #keys = new Map<string, string>()
  readonly #known = new WeakSet<RunnerTestFile>()

  /**
   * @param project name of the project, empty when there is none.
   * @param cwd directory of the command.
   */
  constructor(project: string, cwd: string) {
    this.#project = project
    this.#cwd = cwd
  }

  /** The name of a file, by its path. */
  file(path: string): ScopeName {
    const file = keyPath(this.#cwd, path)
    return { title: this.#project === '' ? file : `[${this.#project}] ${file}`, file }
  }

  /** The name of a suite. */
  suite(suite: RunnerTask): ScopeName {
    const { title, file } = this.file(suite.file.filepath)
    return { title: [title, ...titlesOf(suite)].join(' > '), file }
  }

  /** The name of a test; its title is its key. */
  test(test: RunnerTask): ScopeName {
    this.#nameAll(test.file)
    const { file } = this.file(test.file.filepath)
    const key = this.#keys.get(test.id) ?? test.name
    return { title: key, file, key }
  }

  /** Keys are given out in the order of the file, because two tests may have one name. */
  #nameAll(file: RunnerTestFile): void {
    if (this.#known.has(file)) return
    this.#known.add(file)
    const keys = new TestKeys()
    const path = keyPath(this.#cwd, file.filepath)
    const name = (suite: RunnerTestSuite, titles: readonly string[]): void => {
      for (const task of suite.tasks) {
        const titlePath = [...titles, task.name]
        if (task.type === 'suite') name(task, titlePath)
        else {
          const { key } = keys.next({ project: this.#project, file: path, titlePath })
          this.#keys.set(task.id, key)
        }
      }
    }
    name(file, [])
  }
}

function titlesOf(task: RunnerTask): string[] {
  const around = task.suite === undefined ? [] : titlesOf(task.suite)
  return [...around, task.name]
}
