import { randomBytes } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'

/** Kind of the lease that a lane holds on a directory outside the cache directory. Its name is the path. */
export const directoryLease = 'directory'

const prefix = 'isolane-'

/** A path inside `parent` for a directory of a lane, short and never given before. */
export function newLaneDirectory(parent: string): string {
  return join(parent, `${prefix}${randomBytes(6).toString('hex')}`)
}

/**
 * The directories among a lane's leases. Only paths that {@link newLaneDirectory} can have given:
 * whoever cleans up removes nothing else.
 */
export function laneDirectories(
  leases: readonly { readonly kind: string; readonly name: string }[],
): string[] {
  return leases
    .filter(({ kind, name }) => kind === directoryLease && isLaneDirectory(name))
    .map((lease) => lease.name)
}

/** Those of them that are there. */
export async function remainingDirectories(
  leases: readonly { readonly kind: string; readonly name: string }[],
): Promise<string[]> {
  const paths = laneDirectories(leases)
  const found = await Promise.all(paths.map((path) => lstat(path).then(Boolean, () => false)))
  return paths.filter((_, at) => found[at])
}

function isLaneDirectory(path: string): boolean {
  return isAbsolute(path) && /^isolane-[0-9a-f]{12}$/.test(basename(path))
}
