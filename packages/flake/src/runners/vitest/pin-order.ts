import { keyPath } from '@isolane/record/reporter'
import type { TestSpecification, Vitest } from 'vitest/node'
import { selectedName } from '../selection.ts'

type Sequencer = InstanceType<Vitest['config']['sequence']['sequencer']>

/**
 * Makes files start in the order of the names, whatever Vitest's cache of earlier results says; files that
 * are not in it come after, in the order they would have had. A configured sequencer still decides about
 * shards.
 */
export function pinOrder(vitest: Vitest, namesNow: () => readonly string[]): void {
  const { sequence } = vitest.config
  const Original = sequence.sequencer

  sequence.sequencer = class implements Sequencer {
    readonly #original: Sequencer

    constructor(ctx: Vitest) {
      this.#original = new Original(ctx)
    }

    async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
      return this.#original.shard(files)
    }

    async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      const sorted = [...(await this.#original.sort(files))]
      const places = new Map(namesNow().map((name, place) => [name, place]))
      const placeOf = (spec: TestSpecification): number => places.get(specName(spec)) ?? places.size
      const group = (spec: TestSpecification): number => spec.project.config.sequence.groupOrder
      return sorted.sort((a, b) => group(a) - group(b) || placeOf(a) - placeOf(b))
    }
  }
}

/** How the file of a specification is named in an order or a selection. */
export function specName(spec: TestSpecification): string {
  return selectedName(spec.project.name, keyPath(process.cwd(), spec.moduleId))
}
