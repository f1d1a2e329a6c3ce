import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LaneFacts, Resource } from '@isolane/core'

/** What a test makes a {@link folder} do on its way. What throws here makes the verb fail. */
export interface FolderHooks {
  provision?(lane: LaneFacts, signal: AbortSignal): unknown
  reset?(lane: LaneFacts): unknown
  dispose?(lane: LaneFacts): unknown
}

/** A resource as a user would write it: a directory that holds one file at its base. */
export function folder(hooks: FolderHooks = {}): Resource<{ path: string }, { path: string }> {
  const fill = async (path: string): Promise<void> => {
    await mkdir(path, { recursive: true })
    for (const name of await readdir(path)) await rm(join(path, name), { recursive: true })
    await writeFile(join(path, 'base.txt'), 'base')
  }
  return {
    kind: 'folder',
    prepare: async () => null,
    provision: async ({ lane, dir, signal }) => {
      await hooks.provision?.(lane, signal)
      await fill(dir)
      return { data: { path: dir } }
    },
    open: ({ path }) => ({ path }),
    reset: async ({ path }, { lane }) => {
      await hooks.reset?.(lane)
      await fill(path)
      return { ok: true }
    },
    dispose: async (_, { lane }) => void (await hooks.dispose?.(lane)),
  }
}
