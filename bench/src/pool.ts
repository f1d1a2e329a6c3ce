import { availableParallelism } from 'node:os'
import { compare } from './figure.ts'
import type { BenchResult, Figure } from './figure.ts'
import { trivialFiles, trivialTests } from './trivial-files.ts'
import { VitestProject } from './vitest-project.ts'

const files = 100

/**
 * 100 trivial files of 5 tests. Ours gives every file a fresh database and a leased port; `forks` gives it
 * nothing. Both at Vitest's default number of workers, and at one worker per core.
 */
export async function pool(rounds: number): Promise<BenchResult> {
  await using project = await VitestProject.make(trivialFiles(files), trivialTests(files))
  const cores = availableParallelism()
  const at = async (what: string, goal: number, ...args: string[]): Promise<Figure> =>
    await compare(what, goal, rounds, {
      ours: ['--pool=isolated', async () => await project.time(['--pool=isolated', ...args])],
      theirs: ['--pool=forks', async () => await project.time(['--pool=forks', ...args])],
    })
  return {
    figures: [
      await at(`pool, default workers on ${cores} cores`, 0.6),
      await at(`pool, maxWorkers ${cores}`, 1, `--maxWorkers=${cores}`),
    ],
  }
}
