import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProcessIdentity } from '../shared/process-identity.ts'

/** The directory of all runs, or that of run `id`. */
export function runsDirectory(cache: string, id = ''): string {
  return join(cache, 'runs', id)
}

const ownerFile = 'owner.json'

/** Makes the directory of a run, 0700, with `lanes/` and the identity of its main process in it. */
export async function makeRunDirectory(dir: string, owner: ProcessIdentity): Promise<void> {
  await mkdir(join(dir, 'lanes'), { recursive: true, mode: 0o700 })
  const { pid, start } = owner
  await writeFile(join(dir, ownerFile), JSON.stringify({ pid, start }), { mode: 0o600 })
}

/** Reads whose directory it is; undefined when that cannot be told. */
export async function ownerOf(dir: string): Promise<ProcessIdentity | undefined> {
  try {
    const owner: unknown = JSON.parse(await readFile(join(dir, ownerFile), 'utf8'))
    if (typeof owner !== 'object' || owner === null) return undefined
    const { pid, start } = owner as Partial<Record<keyof ProcessIdentity, unknown>>
    return typeof pid === 'number' && typeof start === 'string' ? { pid, start } : undefined
  } catch {
    return undefined
  }
}
