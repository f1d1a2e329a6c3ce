import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { endGroup } from '../shared/end-group.ts'
import { laneVariables } from '../shared/env.ts'
import { isAlive, lifeOf } from '../shared/process-identity.ts'
import { endStrays } from '../shared/strays.ts'
import { laneDirectories } from './lane-directory.ts'
import { removeTree } from './remove-tree.ts'
import type { LeaseRow, ProcessRow, RunRow } from './rows.ts'
import { ownerOf, runsDirectory } from './run-directory.ts'
import { nothingSwept, sumOf } from './sweep-summary.ts'
import type { SweepSummary } from './sweep-summary.ts'

/**
 * Ends the processes of a run and removes its directories. Its rows are the caller's. What cannot be
 * cleaned up is named in the summary and stops nothing.
 *
 * 1. process groups that lanes recorded, when they are still those very processes;
 * 2. whatever else carries the run in its environment, until nothing new turns up;
 * 3. directories: only now, because a live process would write into them again.
 */
export async function sweepRun(
  run: RunRow,
  groups: readonly ProcessRow[],
  leases: readonly LeaseRow[],
): Promise<SweepSummary> {
  const live: number[] = []
  for (const group of groups) if (await isAlive(group)) live.push(group.pid)
  let swept = await end(live)
  swept = sumOf(swept, await endAllOf(run.id))
  for (const dir of [run.dir, ...laneDirectories(leases)]) {
    // The next run does not wait for what one sweep has waited for in vain.
    swept = sumOf(swept, await removeExisting(dir, run.start === '' ? { tries: 1 } : {}))
  }
  return swept
}

/**
 * Removes run directories that no row knows and whose owner is dead: those of a registry that was
 * remade, and those that an earlier sweep could not remove.
 */
export async function sweepStrayDirectories(
  cache: string,
  isKnown: (run: string) => Promise<boolean>,
): Promise<SweepSummary> {
  let swept = nothingSwept
  for (const run of await readdir(runsDirectory(cache)).catch(() => [])) {
    const dir = join(runsDirectory(cache), run)
    if ((await isKnown(run)) || !(await isAbandoned(dir))) continue
    swept = sumOf(swept, await endAllOf(run))
    swept = sumOf(swept, await removeExisting(dir))
  }
  return swept
}

/** A directory that does not say whose it is may be one that is being made. */
const orphanAgeMs = 3_600_000

async function isAbandoned(dir: string): Promise<boolean> {
  const owner = await ownerOf(dir)
  if (owner !== undefined) return (await lifeOf(owner)) === 'dead'
  const found = await lstat(dir).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs > orphanAgeMs
}

async function end(pids: readonly number[]): Promise<SweepSummary> {
  const ended = await Promise.all(pids.map((pid) => endGroup(pid)))
  return summaryOf(
    ended.filter(Boolean).length,
    pids.filter((_, at) => !ended[at]),
  )
}

async function endAllOf(run: string): Promise<SweepSummary> {
  const { ended, left } = await endStrays(laneVariables.run, run)
  return summaryOf(ended, left)
}

function summaryOf(processes: number, left: readonly number[]): SweepSummary {
  return { ...nothingSwept, processes, left: left.map((pid) => `process ${pid} does not end`) }
}

async function removeExisting(
  path: string,
  options: { readonly tries?: number } = {},
): Promise<SweepSummary> {
  if ((await lstat(path).catch(() => undefined)) === undefined) return nothingSwept
  try {
    await removeTree(path, options)
    return { ...nothingSwept, directories: 1 }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { ...nothingSwept, left: [`directory ${path}: ${reason}`] }
  }
}
