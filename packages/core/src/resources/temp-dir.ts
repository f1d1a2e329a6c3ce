import { chmod, lstat, mkdir, readdir, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IsolaneError, plain } from '@isolane/record/worker'
import { directoryLease, newLaneDirectory } from '../registry/lane-directory.ts'
import { removeTree } from '../registry/remove-tree.ts'
import type { Resource } from '../resource.ts'
import { checkOptions } from '../shared/options.ts'

/** Options of {@link tempDir}. */
export interface TempDirOptions {
  /** The variable or variables that hold the path. Default `TMPDIR`, `TMP` and `TEMP`. */
  readonly env?: string | readonly string[]
}

/** What a test holds of its lane's temp directory. */
export interface TempDirHandle {
  /** Absolute, without links in it. */
  readonly path: string
}

/** What `provision` of {@link tempDir} gives. */
export interface TempDirData {
  readonly path: string
}

/**
 * A temp directory of the lane's own, mode 0700, which `os.tmpdir()` gives in the worker and in what it
 * starts. A reset empties it; it goes with the lane.
 *
 * It lies in the system's temp directory and has a short name, because the path of a Unix socket may have
 * about 100 bytes and programs put theirs into `TMPDIR`.
 *
 * @throws {IsolaneError} `ISOLANE_OPTION` at once for a wrong option; `ISOLANE_LANE` from `provision` when the
 *   system's temp directory cannot be written to.
 * @example
 * ```ts
 * import { writeFileSync } from 'node:fs'
 * import { join } from 'node:path'
 * import { defineLanes, tempDir } from '@isolane/core'
 *
 * export const lanes = defineLanes({ tmp: tempDir() })
 * // in a test
 * writeFileSync(join(lanes.current().tmp.path, 'upload.csv'), 'a,b\n')
 * ```
 */
export function tempDir(
  options: TempDirOptions = {},
): Resource<TempDirHandle, TempDirData, object> {
  const given: unknown = options
  checkOptions('tempDir()', given, ['env'])
  const names = namesOf(options.env)
  return {
    kind: 'temp-dir',

    prepare: async () => ({}),

    async provision({ lane, holdings, temp = tmpdir() }) {
      const parent = await realpath(temp).catch((cause: unknown) => {
        throw notMade(lane.id, temp, cause)
      })
      const path = newLaneDirectory(parent)
      // The lease first: whoever cleans up after a kill finds the directory by it.
      await holdings.lease(directoryLease, path)
      try {
        await mkdir(path, { mode: 0o700 })
      } catch (cause) {
        await holdings.release(directoryLease, path)
        throw notMade(lane.id, parent, cause)
      }
      return { data: { path }, env: Object.fromEntries(names.map((name) => [name, path])) }
    },

    open: ({ path }) => ({ path }),

    async reset({ path }) {
      try {
        await makeEmpty(path)
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        return { ok: false, reason: `the temp directory ${path} cannot be emptied: ${reason}` }
      }
      const left = await readdir(path)
      if (left.length === 0) return { ok: true }
      return {
        ok: false,
        reason: `something still writes into the temp directory ${path}: ${left.slice(0, 3).map(plain).join(', ')}`,
      }
    },

    async dispose({ path }, { holdings }) {
      await removeTree(path)
      await holdings.release(directoryLease, path)
    },
  }
}

// A test may have removed the directory, put something else in its place or changed its mode.
async function makeEmpty(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found !== undefined && !found.isDirectory()) await removeTree(path)
  await mkdir(path, { recursive: true, mode: 0o700 })
  await chmod(path, 0o700)
  await Promise.all((await readdir(path)).map((name) => removeTree(join(path, name))))
}

function namesOf(env: unknown = ['TMPDIR', 'TMP', 'TEMP']): readonly string[] {
  const names: unknown[] = Array.isArray(env) ? env : [env]
  if (names.length > 0 && names.every(isName)) return names
  throw new IsolaneError('ISOLANE_OPTION', {
    message: `tempDir.env is ${JSON.stringify(env) ?? String(env)}: it must be the name of an environment variable, or several in an array.`,
    hint: `for example tempDir({ env: 'UPLOAD_DIR' }), or leave it out for TMPDIR, TMP and TEMP.`,
    details: { path: 'tempDir.env', received: env },
  })
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z_]\w*$/.test(value)
}

function notMade(lane: string, parent: string, cause: unknown): IsolaneError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new IsolaneError('ISOLANE_LANE', {
    message: `Cannot make a temp directory for lane ${lane} in ${parent}: ${reason}`,
    hint: 'set TMPDIR to a directory that this user can write to.',
    details: { lane, parent },
    cause,
  })
}
