import { keyPath } from '@isolane/record/reporter'
import { environment } from '../environment.ts'
import { readSelection, selectedName } from '../selection.ts'
import { readOrder } from '../read-order.ts'

/** The part of a Jest test that matters here: one file in one project. */
interface JestTest {
  readonly path: string
  readonly context: {
    readonly config: { readonly displayName?: { readonly name: string } | undefined }
  }
}

/** Makes files start in the order of the first run, or of a selection, and so often as that says. */
export default class Sequencer {
  sort(tests: readonly JestTest[]): JestTest[] {
    const selection = readSelection(process.env[environment.selection])
    const names = selection?.files ?? readOrder(process.env[environment.order]) ?? []
    const places = new Map(names.map((name, place) => [name, place]))
    const placeOf = ({ path, context }: JestTest): number => {
      const project = context.config.displayName?.name ?? ''
      return places.get(selectedName(project, keyPath(process.cwd(), path))) ?? places.size
    }
    const sorted = [...tests].sort((a, b) => placeOf(a) - placeOf(b) || (a.path < b.path ? -1 : 1))
    return Array.from({ length: selection?.times ?? 1 }, () => sorted).flat()
  }

  shard(
    tests: readonly JestTest[],
    { shardIndex, shardCount }: { shardIndex: number; shardCount: number },
  ): JestTest[] {
    const sorted = [...tests].sort((a, b) => (a.path < b.path ? -1 : 1))
    const size = Math.ceil(sorted.length / shardCount)
    return sorted.slice(size * (shardIndex - 1), size * shardIndex)
  }

  allFailedTests(tests: readonly JestTest[]): JestTest[] {
    return [...tests]
  }

  cacheResults(): void {}
}
