import type { TestSequencer, TestSpecification, Vitest } from 'vitest/node'

/**
 * Has Vitest begin the files of a group one after another: each group stands where its first file does. For a run with
 * one worker, whose order is the order of files.
 */
export function keepGroupsTogether(
  { config: { sequence } }: Vitest,
  groupOf: (file: TestSpecification) => string | undefined,
): void {
  const Sequencer = sequence.sequencer
  sequence.sequencer = class implements TestSequencer {
    readonly #inner: TestSequencer

    constructor(vitest: Vitest) {
      this.#inner = new Sequencer(vitest)
    }

    async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
      return await this.#inner.shard(files)
    }

    async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      const groups = new Map<string | TestSpecification, TestSpecification[]>()
      for (const file of await this.#inner.sort(files)) {
        const name = groupOf(file)
        const key = name === undefined ? file : JSON.stringify([file.project.name, name])
        groups.set(key, [...(groups.get(key) ?? []), file])
      }
      return [...groups.values()].flat()
    }
  }
}
