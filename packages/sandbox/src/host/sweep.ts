import { chmodSync, lstatSync, readdirSync, rmSync, statSync } from 'node:fs'
import { chmod, lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bringBack } from './bring-back.ts'
import { isAbandoned, unclaimed } from './claim.ts'
import { grounds } from './ground.ts'

/**
 * Removes, in the background, the layers of runs whose process is dead, and at once carries over what is kept of them.
 * Their mounts and processes went with the namespaces when the run ended.
 *
 * @returns what is being removed; it never rejects.
 */
export function sweep(ground: string): Promise<void>[] {
  return deadRuns(ground).map((path) => removeRun(path).catch(() => undefined))
}

/** The directories of dead runs in a ground. */
function deadRuns(ground: string): readonly string[] {
  return directoriesIn(ground)
    .filter((name) => isRun(name) && isDead(ground, name))
    .map((name) => join(ground, name))
}

/**
 * Removes the layers that dead runs have left, wherever they lie, and carries over what is kept of them.
 *
 * @param base as for `Sandboxes.open`.
 * @returns of how many runs.
 */
export async function removeDeadLayers(base?: string): Promise<number> {
  const dead = grounds(base, []).flatMap(deadRuns)
  await Promise.all(dead.map(removeRun))
  return dead.length
}

async function removeRun(path: string): Promise<void> {
  bringBack(path)
  await removeLayer(path)
}

/** Removes a layer or a run's directory. Harmless when it is gone. */
export async function removeLayer(path: string): Promise<void> {
  try {
    await rm(path, removing)
  } catch {
    // The kernel leaves directories of mode 0000 in the work directory of an overlay, and tests leave theirs.
    await openUp(path)
    await rm(path, removing)
  }
}

const removing = { recursive: true, force: true, maxRetries: 10, retryDelay: 20 }

/** How long the making of a run's directory may take. */
const MAKING_MS = 60_000

function isRun(name: string): boolean {
  return /^(new-)?\d+-[0-9a-f]{8}$/.test(name)
}

function isDead(ground: string, name: string): boolean {
  if (!name.startsWith(unclaimed)) return isAbandoned(join(ground, name))
  const stats = statSync(join(ground, name), { throwIfNoEntry: false })
  return stats !== undefined && Date.now() - stats.mtimeMs > MAKING_MS
}

function directoriesIn(ground: string): readonly string[] {
  try {
    return readdirSync(ground, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
  } catch {
    return []
  }
}

async function openUp(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined)
  if (stats?.isDirectory() !== true) return
  await chmod(path, 0o700).catch(() => undefined)
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await openUp(join(path, entry.name))
  }
}

/** As {@link removeLayer}, without waiting for anything else. */
export function removeLayerSync(path: string): void {
  try {
    rmSync(path, removing)
  } catch {
    openUpSync(path)
    rmSync(path, removing)
  }
}

function openUpSync(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return
  chmodSync(path, 0o700)
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) openUpSync(join(path, entry.name))
  }
}
