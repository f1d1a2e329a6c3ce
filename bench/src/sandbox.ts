import { compare } from './figure.ts'
import type { BenchResult } from './figure.ts'
import { oneProcess } from './one-process.ts'
import { sandboxSteps } from './sandbox-steps.ts'
import { serialFiles, serialTests } from './serial-files.ts'
import { trivialFiles, trivialTests } from './trivial-files.ts'
import { VitestProject } from './vitest-project.ts'

const files = 100
const serialOnly = 60
/** A process is over in a moment, so that many can be started. */
const processesPerRound = 10

/**
 * What sandboxes cost a suite of trivial files, where nothing is to be gained by them; what they gain a suite that
 * must run serially without them; and what they cost one process.
 */
export async function sandbox(rounds: number): Promise<BenchResult> {
  const process = await oneProcess(rounds * processesPerRound)
  const steps = await sandboxSteps(rounds * processesPerRound)
  await using trivial = await VitestProject.make(trivialFiles(files), trivialTests(files))
  await using serial = await VitestProject.make(serialFiles(serialOnly), serialTests(serialOnly))
  const isolated = async (value: string): Promise<number> =>
    await trivial.time(['--pool=isolated'], { env: { ISOLANE_SANDBOX: value } })
  return {
    figures: [
      await compare('sandbox, isolated pool, 100 trivial files', 1.15, rounds, {
        ours: ['with sandboxes', async () => await isolated('1')],
        theirs: ['without', async () => await isolated('0')],
      }),
      await compare('sandbox, isolane run over forks, 100 trivial files', 1.15, rounds, {
        ours: ['isolane run', async () => await trivial.time(['--pool=forks'], { isolaneRun: [] })],
        theirs: ['without', async () => await trivial.time(['--pool=forks'])],
      }),
      await compare('sandbox, suite with one port and one database', 0.65, rounds, {
        ours: [
          'isolane run --workers 2',
          async () => await serial.time([], { isolaneRun: ['--workers', '2'] }),
        ],
        theirs: ['serially', async () => await serial.time([])],
      }),
    ],
    tables: {
      'one process, all in all': process,
      'where the time goes: what each step adds': steps,
    },
  }
}
