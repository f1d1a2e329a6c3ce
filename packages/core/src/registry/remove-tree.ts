import { chmod, lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** What another process does, such as writing into it or looking through it for viruses, may be over in a moment. */
const passing = ['EBUSY', 'EMFILE', 'ENFILE', 'ENOTEMPTY', 'EPERM']

/**
 * Removes `path` with everything below it, directories that nobody may write to included. Follows no
 * link. Harmless when there is nothing.
 *
 * @param options.tries how often what is in the way may be there. Default 10: some two seconds.
 */
export async function removeTree(path: string, { tries = 10 } = {}): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      // Its own retries multiply with the depth of the tree.
      return await rm(path, { recursive: true, force: true })
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      const isForbidden = code === 'EACCES' || code === 'EPERM'
      if (isForbidden && tried === 1) await openUp(path)
      else if (tried >= tries || !passing.includes(code)) throw error
      else await delay(50 * tried)
    }
  }
}

async function openUp(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => undefined)
  if (!stat?.isDirectory()) return
  await chmod(path, 0o700).catch(() => {})
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await openUp(join(path, entry.name))
  }
}
