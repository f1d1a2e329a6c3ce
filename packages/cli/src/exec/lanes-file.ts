import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { IsolaneError, isIsolaneError } from '@isolane/record'
import { plain } from '@isolane/record/worker'
import type { Lanes } from '@isolane/core'

const names = ['lanes.ts', 'lanes.mts', 'lanes.js', 'lanes.mjs']

/**
 * Gives the path of the file that says what lanes of this project have: `lanes.ts`, `.mts`, `.js` or `.mjs` in `cwd` or
 * in a directory above it, up to `root`; undefined when there is none.
 */
export function findLanesFile(cwd: string, root: string): string | undefined {
  for (let at = cwd; ; at = dirname(at)) {
    const found = names.map((name) => join(at, name)).find((path) => existsSync(path))
    if (found !== undefined) return found
    if (at === root || at === dirname(at)) return undefined
  }
}

/**
 * Loads the lanes that a module exports, as `lanes` or by default.
 *
 * @throws IsolaneError `ISOLANE_OPTION` for a file that is not there, cannot be loaded or exports no lanes.
 */
export async function loadLanes(file: string): Promise<Lanes> {
  const path = resolve(file)
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw wrong(`${path} is no file.`, '--lanes <file> names a module that exports lanes.')
  }
  const module = await load(path)
  const lanes = module['lanes'] ?? module['default']
  if (isLanes(lanes)) return lanes
  const found = Object.keys(module)
  throw wrong(
    `${path} exports no lanes${found.length === 0 ? '' : `; it exports ${found.join(', ')}`}.`,
    'export const lanes = defineLanes({ … }) in it.',
  )
}

async function load(path: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>
  } catch (error) {
    if (isIsolaneError(error)) throw error
    const reason = plain(String(error)).replace(/\.$/, '')
    throw wrong(`${path} cannot be loaded: ${reason}.`, `node ${path} shows where.`, error)
  }
}

// Of another copy of @isolane/core, perhaps: what counts is what it can do.
function isLanes(value: unknown): value is Lanes {
  return (
    typeof value === 'object' &&
    value !== null &&
    'resources' in value &&
    typeof value.resources === 'object' &&
    'current' in value
  )
}

function wrong(message: string, hint: string, cause?: unknown): IsolaneError {
  return new IsolaneError('ISOLANE_OPTION', { message, hint, cause })
}
