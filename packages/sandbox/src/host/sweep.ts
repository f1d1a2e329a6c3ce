import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ownerLives } from './owner.ts'
import type { Owner } from './owner.ts'

/**
 * Removes, in the background, the layers of runs whose process is dead. Their mounts and processes went with
 * the namespaces when the last process ended.
 *
 * @returns what is being removed; it never rejects.
 */
export function sweep(ground: string): Promise<void>[] {
  return deadRuns(ground).map((path) => removeLayer(path).catch(() => undefined))
}

/** The directories of dead runs in a ground. */
export function deadRuns(ground: string): readonly string[] {
  if (!existsSync(ground)) return []
  return readdirSync(ground, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(ground, name))
    .filter((path) => !lives(path))
}

/** Removes a layer or a run's directory. Harmless when it is gone. */
export async function removeLayer(path: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 10, retryDelay: 20 }
  // The kernel leaves directories of mode 0000 in the work directory of an overlay.
  await openUp(path)
  await rm(path, options)
}

async function openUp(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined)
  if (!stat(stats)) return
  await chmod(path, 0o700).catch(() => undefined)
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await openUp(join(path, entry.name))
  }
}

function stat(stats: { isDirectory(): boolean } | undefined): boolean {
  return stats?.isDirectory() === true
}

function lives(path: string): boolean {
  try {
    return ownerLives(JSON.parse(readFileSync(join(path, 'owner.json'), 'utf8')) as Owner)
  } catch {
    // Between its directory and its owner file a run is a millisecond old: its pid stands in the name.
    const pid = Number(/(\d+)-[0-9a-f]+$/.exec(path)?.[1])
    return Number.isInteger(pid) && existsSync(`/proc/${pid}`)
  }
}
