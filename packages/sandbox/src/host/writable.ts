import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import picomatch from 'picomatch'
import { SandboxError } from '../shared/sandbox-error.ts'
import { makeDirectories } from './make-directories.ts'

/**
 * Gives the real paths of what `writable` names. A directory that is missing is made.
 *
 * @param root what relative paths start from.
 * @throws SandboxError for a glob, for a file that is missing, and for a SQLite database.
 */
export function writablePaths(names: readonly string[], root: string): readonly string[] {
  return names.map((name) => {
    const path = resolve(root, name)
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats === undefined) {
      if (picomatch.scan(name).isGlob) {
        throw new SandboxError(
          `sandbox.files.writable takes paths, and "${name}" is a glob.`,
          'name the directory above, or copy files back with sandbox.files.keep, which takes globs.',
        )
      }
      if (!name.endsWith('/') && extname(name) !== '') {
        throw new SandboxError(
          `sandbox.files.writable names "${name}", and there is no ${path}.`,
          `make it before the run; for a directory write "${name}/".`,
        )
      }
      make(path, name)
    }
    const real = realpathSync(path)
    if (stats?.isFile() === true && isSqlite(real)) {
      throw new SandboxError(
        `sandbox.files.writable names the SQLite database "${name}" without the files that SQLite keeps beside it.`,
        'name its directory.',
      )
    }
    return real
  })
}

function make(path: string, name: string): void {
  try {
    makeDirectories(path)
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException
    throw new SandboxError(
      `sandbox.files.writable names "${name}", and ${path} cannot be made (${code}).`,
      'name a directory that this user can make, or one that is there.',
      { cause: error },
    )
  }
}

/** See https://www.sqlite.org/fileformat.html, "The Database Header". */
function isSqlite(path: string): boolean {
  const head = Buffer.alloc(16)
  const file = openSync(path, 'r')
  try {
    readSync(file, head, 0, head.length, 0)
  } finally {
    closeSync(file)
  }
  return head.toString('latin1') === 'SQLite format 3\0'
}
