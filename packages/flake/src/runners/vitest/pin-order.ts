import { readFileSync } from 'node:fs'
import { keyPath } from '@isolane/record'
import type { TestSpecification, Vitest } from 'vitest/node'

type Sequencer = InstanceType<Vitest['config']['sequence']['sequencer']>

/**
 * Makes files start in the order of the list in `path`, whatever Vitest's cache of earlier results
 * says; files that are not in it come after, in the order they would have had. A configured sequencer
 * still decides about shards.
 */
export function pinOrder(vitest: Vitest, path: string | undefined): void {
  if (path === undefined || path === '') return
  const places = new Map(readOrder(path).map((name, place) => [name, place]))
  const { sequence } = vitest.config
  const Original = sequence.sequencer
  const cwd = process.cwd()
  const placeOf = (spec: TestSpecification): number =>
    places.get(orderName(spec.project.name, keyPath(cwd, spec.moduleId))) ?? places.size

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
      const group = (spec: TestSpecification): number => spec.project.config.sequence.groupOrder
      return sorted.sort((a, b) => group(a) - group(b) || placeOf(a) - placeOf(b))
    }
  }
}

/** How a file is named in the list. */
export function orderName(project: string, file: string): string {
  return `${project} ${file}`
}

function readOrder(path: string): string[] {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
  return Array.isArray(value) ? value.map(String) : []
}
