import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { join } from 'node:path'
import { removedWith } from './made-again.ts'
import type { MountPlan } from './mounts.ts'
import { upperOf } from './mounts.ts'
import type { Way } from './way.ts'

/** One file of the machine that a sandbox changed, for itself alone. */
export interface WrittenFile {
  /** Absolute, as the code in the sandbox knows it. */
  readonly path: string
  readonly change: 'added' | 'changed' | 'removed'
  /** Of what is there now, or was there before it was removed. A directory is named only when it was removed. */
  readonly kind: 'file' | 'link' | 'socket' | 'directory' | 'other'
}

/**
 * What the code in a sandbox wrote, from the upper directories of its layer. Sorted by path.
 *
 * @param way how the sandbox was made. Without it, what was removed together with its directory is not among them.
 */
export function writtenFiles(layer: string, plan: MountPlan, way?: Way): readonly WrittenFile[] {
  const files: WrittenFile[] = []
  plan.covered.forEach((target, index) => {
    // Directories that are there outside too, and may have been removed and made again: all in them went then.
    const suspects: string[] = []
    walk(upperOf(layer, index), '', (path, stats) => {
      const real = join(target, path)
      const before = statsOf(real)
      if (!stats.isDirectory()) {
        const change = changeOf(stats, before)
        if (change !== undefined) files.push({ path: real, change, kind: kindOf(stats, before) })
      } else if (before?.isDirectory() === false) {
        files.push({ path: real, change: 'removed', kind: kindOf(before) })
      } else if (before !== undefined && isYoung(stats)) suspects.push(path)
    })
    if (way === undefined) return
    for (const path of removedWith(suspects, { layer, index, target, way })) {
      const real = join(target, path)
      const before = statsOf(real)
      if (before !== undefined) files.push({ path: real, change: 'removed', kind: kindOf(before) })
    }
  })
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** What the processes of a sandbox listened on, as its preload noted it. */
export function listenedOn(layer: string): {
  ports: readonly number[]
  sockets: readonly string[]
} {
  const notes = join(layer, 'listened')
  const lines = existsSync(notes) ? readFileSync(notes, 'utf8').split('\n') : []
  const ports = new Set<number>()
  const sockets = new Set<string>()
  for (const line of lines) {
    if (/^\d+$/.test(line)) ports.add(Number(line))
    else if (line !== '') sockets.add(line)
  }
  return { ports: [...ports], sockets: [...sockets] }
}

function walk(upper: string, directory: string, visit: (path: string, stats: Stats) => void): void {
  for (const name of readdirSync(join(upper, directory))) {
    const path = join(directory, name)
    const stats = lstatSync(join(upper, path))
    visit(path, stats)
    if (stats.isDirectory()) walk(upper, path, visit)
  }
}

function changeOf(stats: Stats, before: Stats | undefined): WrittenFile['change'] | undefined {
  if (isWhiteout(stats)) return before === undefined ? undefined : 'removed'
  if (before === undefined) return 'added'
  // Opening a file for writing copies it up, its times included, whether it is written then or not.
  const same =
    before.isFile() &&
    stats.isFile() &&
    before.size === stats.size &&
    before.mtimeMs === stats.mtimeMs &&
    before.mode === stats.mode
  return same ? undefined : 'changed'
}

/** A removed file is a character device 0:0 (kernel documentation, overlayfs, "whiteouts"). */
function isWhiteout(stats: Stats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0
}

/** A directory that was copied up, because something in it was written, took the older access time along. */
function isYoung(stats: Stats): boolean {
  return stats.atimeMs >= stats.birthtimeMs
}

function kindOf(now: Stats, before?: Stats): WrittenFile['kind'] {
  const stats = isWhiteout(now) && before !== undefined ? before : now
  if (stats.isFile()) return 'file'
  if (stats.isSymbolicLink()) return 'link'
  if (stats.isDirectory()) return 'directory'
  return stats.isSocket() ? 'socket' : 'other'
}

/** Undefined also for what lies below something that is no directory outside. */
function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
