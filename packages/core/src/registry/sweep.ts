import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { endGroup } from '../shared/end-group.ts'
import { isAlive, lifeOf } from '../shared/process-identity.ts'
import type { ProcessIdentity } from '../shared/process-identity.ts'
import { removeTree } from './remove-tree.ts'
import { ownerOf, runsDirectory } from './run-directory.ts'
import type { ProcessRow, RunRow, SweepSummary } from './rows.ts'
import { straysOf } from './strays.ts'
import { directoryLease, isLaneDirectory } from './lane-directory.ts'

/**
 * Ends the processes of a run and removes its directories. Its rows are the caller's.
 *
 * 1. process groups that lanes recorded, when they are still those very processes;
 * 2. whatever else carries the run in its environment, until nothing new turns up;
 * 3. directories: only now, because a live process would write into them again.
 */
export async function sweepRun(
  run: Pick<RunRow, 'id' | 'dir'>,
  groups: readonly ProcessRow[],
  leases: readonly { readonly kind: string; readonly name: string }[],
): Promise<Pick<SweepSummary, 'processes' | 'directories'>> {
  const recorded = await Promise.all(groups.map(endRecorded))
  const strays = await endStrays(run.id)
  const directories = [run.dir, ...leases.filter(isDirectory).map((lease) => lease.name)]
  const removed = await Promise.all(directories.map(removeExisting))
  return {
    processes: recorded.filter(Boolean).length + strays,
    directories: removed.filter(Boolean).length,
  }
}

/** Removes run directories that no row knows (the registry was remade) and whose owner is dead. */
export async function sweepStrayDirectories(
  cache: string,
  known: ReadonlySet<string>,
): Promise<SweepSummary> {
  const root = runsDirectory(cache)
  const names = await readdir(root).catch(() => [])
  let processes = 0
  let directories = 0
  for (const name of names.filter((one) => !known.has(one))) {
    const dir = join(root, name)
    if (!(await isAbandoned(dir))) continue
    processes += await endStrays(basename(dir))
    if (await removeExisting(dir)) directories += 1
  }
  return { runs: 0, processes, directories, leases: 0 }
}

const orphanAgeMs = 3_600_000

async function isAbandoned(dir: string): Promise<boolean> {
  const owner = await ownerOf(dir)
  if (owner !== undefined) return (await lifeOf(owner)) === 'dead'
  const found = await stat(dir).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs > orphanAgeMs
}

async function endRecorded(group: ProcessIdentity): Promise<boolean> {
  if (!(await isAlive(group))) return false
  return endGroup(group.pid)
}

const passes = 20

async function endStrays(run: string): Promise<number> {
  const ended = new Set<number>()
  // A stray may start another between the look and its end, hence several passes.
  for (let pass = 0; pass < passes; pass += 1) {
    const found = straysOf(run)
    if (found.length === 0) break
    for (const pid of found) ended.add(pid)
    await Promise.all(found.map((pid) => endGroup(pid)))
  }
  return ended.size
}

function isDirectory(lease: { readonly kind: string; readonly name: string }): boolean {
  return lease.kind === directoryLease && isLaneDirectory(lease.name)
}

async function removeExisting(path: string): Promise<boolean> {
  const exists = await stat(path).catch(() => undefined)
  if (exists === undefined) return false
  await removeTree(path)
  return true
}
