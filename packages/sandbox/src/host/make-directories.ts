import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a directory and those above it that are missing.
 *
 * @param mode of those that are made. Default: as `umask` says.
 * @throws the error of the system when one cannot be made.
 */
export function makeDirectories(path: string, mode?: number): void {
  // Not with `recursive`: Node then loops for ever where the kernel says ENOENT below a directory that exists, as it
  // does in /proc.
  if (existsSync(path)) return
  makeDirectories(dirname(path), mode)
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(path)) throw error
  }
}
