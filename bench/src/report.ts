import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { compare, median } from './figure.ts'
import type { BenchResult, Figure } from './figure.ts'
import { MemoryWatch } from './memory.ts'
import { testFiles } from './test-files.ts'
import { VitestProject } from './vitest-project.ts'

const reporter = '--reporter=@isolane/flake/vitest-reporter'
const quiet = { files: 60, ms: 250 }
const large = { files: 50, tests: 200 }
const allowed = { ms: 1000, mib: 150 }

/**
 * What reports cost. A suite of files that take a quarter of a second each, with the reporter that keeps the
 * record and without; and 10,000 tests under `isolane flake`, all reports and the history included, beside
 * the same command alone: extra time, and the memory that both hold at the same time beyond that of the one,
 * as shares of what is allowed.
 */
export async function report(rounds: number): Promise<BenchResult> {
  const workers = `--maxWorkers=${availableParallelism()}`
  const directory = await mkdtemp(join(tmpdir(), 'isolane-bench-report-'))
  try {
    await using calm = await VitestProject.make(quietFiles(), quiet.files)
    const record = join(directory, 'record.jsonl')
    const nothingFails = await compare('nothing fails, with the reporter', 1.02, rounds, {
      ours: [
        'with the reporter',
        async () => {
          await rm(record, { force: true })
          return await calm.time([workers, reporter], { env: { ISOLANE_RECORD: record } })
        },
      ],
      theirs: ['without', async () => await calm.time([workers])],
    })

    await using many = await VitestProject.make(largeFiles(), large.files * large.tests)
    const processes = join(directory, 'processes')
    const mib: Record<'ours' | 'theirs', number[]> = { ours: [], theirs: [] }
    const arm = async (
      name: 'ours' | 'theirs',
      isolaneFlake?: readonly string[],
    ): Promise<number> => {
      await rm(processes, { force: true })
      using memory = new MemoryWatch(processes)
      const { env } = memory
      const ms = await many.time(
        [workers],
        isolaneFlake === undefined ? { env } : { env, isolaneFlake },
      )
      mib[name].push(memory.peakMib)
      return ms
    }
    const names = { ours: 'isolane flake', theirs: 'the command alone' }
    const times = await compare('10,000 tests', 0, rounds, {
      ours: [names.ours, async () => await arm('ours', [])],
      theirs: [names.theirs, async () => await arm('theirs')],
    })
    const extra = (ours: readonly number[], theirs: readonly number[]): number =>
      Math.max(0, median(ours) - median(theirs))
    const time: Figure = {
      ...times,
      what: '10,000 tests: extra time, as a share of 1 s',
      ratio: extra(times.oursMs, times.theirsMs) / allowed.ms,
      goal: 1,
    }
    const space: Figure = {
      ...names,
      what: '10,000 tests: extra memory, as a share of 150 MiB',
      ratio: extra(mib.ours, mib.theirs) / allowed.mib,
      goal: 1,
      oursMs: mib.ours,
      theirsMs: mib.theirs,
      unit: 'MiB',
    }
    return { figures: [nothingFails, time, space] }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function quietFiles(): Record<string, string> {
  const text = `import { test } from 'vitest'
test('waits', () => new Promise((settle) => setTimeout(settle, ${quiet.ms})))
`
  return testFiles(quiet.files, text)
}

function largeFiles(): Record<string, string> {
  const text = `import { describe, test } from 'vitest'
describe('a suite with a name of usual length', () => {
  for (let at = 0; at < ${large.tests}; at += 1) test(\`does the thing number \${at}\`, () => {})
})
`
  return testFiles(large.files, text)
}
