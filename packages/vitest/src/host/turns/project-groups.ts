import { relative, sep } from 'node:path'
import { IsolaneError } from '@isolane/core'
import type { FileGroups } from '../../shared/groups.ts'

/** The groups of a project's test files in one run, and how many files of each are still to come. */
export class ProjectGroups {
  readonly #root: string
  readonly #group: (file: string) => string | undefined
  readonly #names = new Map<string, string>()
  readonly #left = new Map<string, number>()

  constructor(root: string, group: (file: string) => string | undefined) {
    this.#root = root
    this.#group = group
  }

  /**
   * Asks for the group of every file of a run.
   *
   * @throws IsolaneError `ISOLANE_OPTION` when the answer is no name.
   */
  begin(files: readonly string[]): void {
    this.#names.clear()
    this.#left.clear()
    for (const file of files) {
      const path = relative(this.#root, file).replaceAll(sep, '/')
      const name: unknown = this.#group(path)
      if (name === undefined) continue
      if (typeof name !== 'string' || name === '') {
        throw new IsolaneError('ISOLANE_OPTION', {
          message: `isolated.group must return a name or undefined; for ${JSON.stringify(path)} it returned ${JSON.stringify(name) ?? typeof name}.`,
          hint: 'return undefined for a file that belongs to no group.',
          details: { path: 'isolated.group', file: path },
        })
      }
      this.#names.set(file, name)
      this.#left.set(name, (this.#left.get(name) ?? 0) + 1)
    }
  }

  get byFile(): FileGroups {
    return Object.fromEntries(this.#names)
  }

  /** How many lanes the run's files need one after another: one for every group, and one for every other file. */
  lanesFor(files: number): number {
    return files - this.#names.size + this.#left.size
  }

  /** How many files of a group have not ended. */
  left(name: string): number {
    return this.#left.get(name) ?? 0
  }

  filesOf(name: string): string[] {
    return [...this.#names].filter(([, other]) => other === name).map(([file]) => file)
  }

  of(file: string | undefined): string | undefined {
    return file === undefined ? undefined : this.#names.get(file)
  }

  /** Notes that a file of the group has ended, and tells whether it was the last. */
  isOver(name: string): boolean {
    const left = (this.#left.get(name) ?? 1) - 1
    this.#left.set(name, left)
    return left <= 0
  }
}
