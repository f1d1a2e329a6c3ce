import { chmodSync, lstatSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { makeDirectories } from './make-directories.ts'

/**
 * The directories in which layers may lie, best first. An upper layer needs a file system that is not an
 * overlay itself, and may not lie inside what it is laid over.
 *
 * @param base the directory of the caller's that comes first.
 * @param covered the directories that a sandbox covers with overlays.
 */
export function grounds(base: string | undefined, covered: readonly string[]): readonly string[] {
  const uid = process.getuid?.() ?? 0
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  return [
    join(base ?? join(cache, 'isolane'), 'sandbox'),
    `/var/tmp/isolane-${uid}`,
    `/dev/shm/isolane-${uid}`,
    `/run/user/${uid}/isolane`,
  ].filter((path) => {
    const real = realParent(path)
    return real !== undefined && !covered.some((one) => isInside(real, one))
  })
}

/**
 * Makes a ground when it is missing, with mode 0700.
 *
 * @returns false when it is not this user's alone, or cannot be made: `/var/tmp` belongs to everybody.
 */
export function makeGround(path: string): boolean {
  try {
    makeDirectories(path, 0o700)
    const stat = lstatSync(path)
    if (!stat.isDirectory() || stat.uid !== process.getuid?.()) return false
    if ((stat.mode & 0o077) !== 0) chmodSync(path, 0o700)
    return true
  } catch {
    return false
  }
}

/** True when `path` is `directory` or lies in it. Both absolute. */
export function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`)
}

function realParent(path: string): string | undefined {
  for (let at = path; ; at = dirname(at)) {
    try {
      return join(realpathSync(at), path.slice(at.length))
    } catch {
      if (at === dirname(at)) return undefined
    }
  }
}
