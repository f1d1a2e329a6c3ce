import { availableParallelism } from 'node:os'
import { alternate, figureOf, median } from './figure.ts'
import type { Arm, BenchResult, Figure, Row } from './figure.ts'
import { trivialFiles, trivialTests } from './trivial-files.ts'
import { VitestProject } from './vitest-project.ts'

const files = 100

/**
 * 100 trivial files of 5 tests, at Vitest's default number of workers and at one worker per core. Ours gives every file a
 * fresh database and a leased port; `forks` and `threads` give it nothing. Beside them the same pool with no database and
 * no port at all.
 */
export async function pool(rounds: number): Promise<BenchResult> {
  await using project = await VitestProject.make(trivialFiles(files), trivialTests(files))
  const cores = availableParallelism()
  const figures: Figure[] = []
  const tables: Record<string, readonly Row[]> = {}
  for (const [workers, goal, args] of [
    [`default workers on ${cores} cores`, 0.6, []],
    [`maxWorkers ${cores}`, 1, [`--maxWorkers=${cores}`]],
  ] as const) {
    const arm = (name: string, nameOfPool: string, lanes = '1'): Arm => [
      name,
      async () =>
        await project.time([`--pool=${nameOfPool}`, ...args], { env: { BENCH_LANES: lanes } }),
    ]
    const arms = [
      arm('--pool=isolated', 'isolated'),
      arm('--pool=forks', 'forks'),
      arm('--pool=isolated, no database, no port', 'isolated', '0'),
      arm('--pool=threads', 'threads'),
    ]
    const times = await alternate(`pool, ${workers}`, rounds, arms)
    const [ours = [], theirs = []] = times
    figures.push(
      figureOf(`pool, ${workers}`, goal, {
        ours: ['--pool=isolated', ours],
        theirs: ['--pool=forks', theirs],
      }),
    )
    tables[`${files} files, ${workers}, median`] = times.map((timesMs, index) => ({
      what: arms[index]?.[0] ?? '',
      medianMs: median(timesMs),
    }))
  }
  return { figures, tables }
}
