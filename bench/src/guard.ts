import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { compare } from './figure.ts'
import type { BenchResult, Figure } from './figure.ts'
import { guardedConfig, guardedFiles, guardedTests } from './guarded-files.ts'
import { trivialFiles, trivialTests } from './trivial-files.ts'
import { VitestProject } from './vitest-project.ts'

const trivial = 100
const busy = 40

/**
 * What the guard costs suites that behave well, the record of what they touch included: one whose tests do what is
 * looked at, and one of trivial files, where only its start in every worker counts.
 */
export async function guard(rounds: number): Promise<BenchResult> {
  const { 'lanes.ts': lanes = '' } = guardedFiles(0)
  await using working = await VitestProject.make(guardedFiles(busy), guardedTests(busy))
  await using starting = await VitestProject.make(
    { ...trivialFiles(trivial), 'lanes.ts': lanes, 'vitest.config.ts': guardedConfig },
    trivialTests(trivial),
  )
  const at = async (what: string, project: VitestProject): Promise<Figure> =>
    await compare(what, 1.02, rounds, {
      ours: ['guard and touches', async () => await guarded(project)],
      theirs: ['off', async () => await project.time([], { env: { GUARD: 'off' } })],
    })
  return {
    figures: [
      await at(`guard, ${busy} files with requests, rows, files and timers`, working),
      await at(`guard, ${trivial} trivial files`, starting),
    ],
  }
}

async function guarded(project: VitestProject): Promise<number> {
  const record = join(project.directory, 'record.jsonl')
  await rm(record, { force: true })
  return await project.time([], { env: { GUARD: 'warn', ISOLANE_RECORD: record } })
}
