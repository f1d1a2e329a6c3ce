import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyBack, insideOf } from './copy-back.ts'
import { writtenFiles } from './footprint.ts'
import type { WrittenFile } from './footprint.ts'
import type { MountPlan } from './mounts.ts'
import { killInside } from './reaper.ts'

/** What others need to know to carry files over from the layers of a process that was killed. */
export interface Kept {
  readonly root: string
  readonly covered: MountPlan['covered']
  readonly globs: readonly string[]
}

const name = 'kept.json'

/** @param run the directory of the run. */
export function noteKept(run: string, kept: Kept): void {
  writeFileSync(join(run, name), JSON.stringify(kept), { mode: 0o600 })
}

/**
 * Carries over what a dead run would have kept when its workers ended. Some time may have gone by: nothing is removed
 * outside, and a file that is newer there stays. What cannot be carried over is lost with its layer.
 *
 * @param run the directory of the run.
 */
export function bringBack(run: string): void {
  try {
    const { root, covered, globs } = JSON.parse(readFileSync(join(run, name), 'utf8')) as Kept
    const plan = { covered, shared: [] }
    for (const layer of readdirSync(run).filter((one) => /^\d+$/.test(one))) {
      const directory = join(run, layer)
      killInside(directory)
      const files = writtenFiles(directory, plan).filter((file) => isNewer(file, directory, plan))
      copyBack(files, { layer: directory, plan, root, globs, onError: () => undefined })
    }
  } catch {
    // It was killed before it had a sandbox, or somebody else is removing it.
  }
}

function isNewer({ path, change }: WrittenFile, layer: string, plan: MountPlan): boolean {
  const inside = insideOf(path, layer, plan)
  if (inside === undefined || change === 'removed') return false
  const outside = lstatSync(path, { throwIfNoEntry: false })
  return outside === undefined || outside.mtimeMs <= lstatSync(inside).mtimeMs
}
