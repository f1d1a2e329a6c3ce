import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { IsolaneError } from '@isolane/record/worker'

/**
 * Gives the absolute directory in which this machine's registry, templates and run directories
 * live: `ISOLANE_CACHE_DIR` when it is set, else `isolane` inside the user's cache directory
 * (`XDG_CACHE_HOME` or `~/.cache`; `~/Library/Caches` on macOS; `%LOCALAPPDATA%` on Windows).
 * Touches nothing on disk.
 *
 * @param env the environment to look in, by default that of this process.
 */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env['ISOLANE_CACHE_DIR']) return resolve(env['ISOLANE_CACHE_DIR'])
  return join(userCache(env), 'isolane')
}

function userCache(env: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32') {
    return env['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local')
  }
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches')
  const xdg = env['XDG_CACHE_HOME']
  // The XDG specification tells programs to ignore a relative path.
  return xdg?.startsWith('/') ? xdg : join(homedir(), '.cache')
}

/**
 * Creates `dir` with mode 0700 when it is missing, and gives it back once it is known to be a
 * directory that this user owns and may write to. The mode of one that exists stays as it is.
 *
 * @throws {IsolaneError} `ISOLANE_REGISTRY` when it is not, with what stands in the way.
 */
export function ensureCacheDir(dir: string = cacheDir()): string {
  try {
    makeDirectory(dir)
    const stat = statSync(dir)
    if (!stat.isDirectory()) throw unusable(dir, 'it is not a directory')
    const uid = process.getuid?.()
    if (uid !== undefined && stat.uid !== uid) {
      throw unusable(dir, `it belongs to user ${stat.uid}, and this process runs as user ${uid}`)
    }
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    if (error instanceof IsolaneError) throw error
    throw unusable(dir, reasonOf(error), error)
  }
  return dir
}

// Not with `recursive`: Node then loops for ever where the kernel says ENOENT below a directory that
// exists, as it does in /proc.
function makeDirectory(dir: string): void {
  if (existsSync(dir)) return
  if (dirname(dir) !== dir) makeDirectory(dirname(dir))
  try {
    mkdirSync(dir, { mode: 0o700 })
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(dir)) throw error
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  switch (code) {
    case 'ENOENT':
      return 'its file system does not let a directory be made there (ENOENT)'
    case 'ENOTDIR':
      return 'a part of its path is not a directory (ENOTDIR)'
    case 'EACCES':
    case 'EPERM':
      return `this user may not write there (${code})`
    case 'EROFS':
      return 'its file system is read-only (EROFS)'
    case 'ENOSPC':
      return 'its file system is full (ENOSPC)'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}

function unusable(dir: string, reason: string, cause?: unknown): IsolaneError {
  return new IsolaneError('ISOLANE_REGISTRY', {
    message: `Cannot use the cache directory ${dir}: ${reason}.`,
    hint: 'set ISOLANE_CACHE_DIR to a directory that this user can write to.',
    details: { dir, reason },
    cause,
  })
}
