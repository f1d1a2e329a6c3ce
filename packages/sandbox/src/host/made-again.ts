import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { upperOf } from './mounts.ts'
import { waitUntilGone } from './reaper.ts'
import type { Way } from './way.ts'

/** So many names go into one command line. */
const MOST = 2_000

/**
 * Finds what went with directories that were removed and then made again. An overlay marks those with an extended
 * attribute, which Node.js cannot read: the overlay is asked, mounted once more for a moment, some 5 ms.
 *
 * @param suspects directories, relative to `target`, that are in the upper directory and outside.
 * @returns what is outside and not inside, relative to `target`.
 */
export function removedWith(
  suspects: readonly string[],
  options: {
    readonly layer: string
    readonly index: number
    readonly target: string
    readonly way: Way
  },
): readonly string[] {
  const { layer, index, target, way } = options
  const missing = suspects
    .flatMap((path) => {
      const there = new Set(namesIn(join(upperOf(layer, index), path)))
      return namesIn(join(target, path))
        .filter((name) => !there.has(name))
        .map((name) => join(path, name))
    })
    .slice(0, MOST)
  if (missing.length === 0) return []
  // The kernel may refuse what is mounted already in the sandbox (kernel documentation, overlayfs, "Sharing and copying layers").
  waitUntilGone(layer)
  const place = join(layer, `view-${index}`)
  mkdirSync(place, { recursive: true, mode: 0o700 })
  const [command, ...args] = way.mounter
  const { status, stdout } = spawnSync(
    command,
    [
      ...args,
      'sh',
      '-c',
      `PATH="$PATH:/usr/sbin:/sbin" mount -t overlay isolane "$1" -o "$2" && cd "$1" && shift 2 &&
       for path; do if [ -e "$path" ] || [ -L "$path" ]; then printf 1; else printf 0; fi; done`,
      'sh',
      `view-${index}`,
      `lowerdir=upper-${index}:lower-${index}${way.userNamespace ? ',userxattr' : ''}`,
      ...missing.map((path) => `./${path}`),
    ],
    { cwd: layer, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
  return status === 0 ? missing.filter((_, at) => stdout[at] === '0') : []
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
