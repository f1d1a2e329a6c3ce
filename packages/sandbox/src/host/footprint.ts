import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import type { Stats } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import picomatch from 'picomatch'
import { isInside } from './ground.ts'
import type { MountPlan } from './mounts.ts'
import { upperOf } from './mounts.ts'

/** One file of the machine that a sandbox changed, for itself alone. */
export interface WrittenFile {
  /** Absolute, as the code in the sandbox knows it. */
  readonly path: string
  readonly change: 'added' | 'changed' | 'removed'
  readonly kind: 'file' | 'link' | 'socket' | 'other'
}

/** What is always copied back: it is written for people and for the runner, under a name that no two tests share. */
export const alwaysKept: readonly string[] = [
  '**/__snapshots__/**',
  '**/__screenshots__/**',
  '**/*-snapshots/**',
  '**/*.snap',
  // Inline snapshots are written into the test file itself.
  '**/*.{test,spec}.{js,jsx,ts,tsx,mjs,mts,cjs,cts}',
  '**/coverage/**',
  '**/test-results/**',
  '**/playwright-report/**',
  '**/blob-report/**',
  '**/.vitest-attachments/**',
  '**/.isolane/**',
]

/** What the code in a sandbox wrote, from the upper directories of its layer. Sorted by path. */
export function writtenFiles(layer: string, plan: MountPlan): readonly WrittenFile[] {
  const files: WrittenFile[] = []
  plan.covered.forEach((target, index) => {
    walk(upperOf(layer, index), (path, stats) => {
      const real = join(target, relative(upperOf(layer, index), path))
      const before = lstatSync(real, { throwIfNoEntry: false })
      const change = changeOf(stats, before)
      if (change !== undefined) files.push({ path: real, change, kind: kindOf(stats) })
    })
  })
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/**
 * Carries over to the machine what matches `globs`, each file at once.
 *
 * @returns the files that were carried over. One that cannot be (a full disk) is reported to `onError`.
 */
export function copyBack(
  files: readonly WrittenFile[],
  options: {
    readonly layer: string
    readonly plan: MountPlan
    readonly root: string
    readonly globs: readonly string[]
    readonly onError: (path: string, reason: string) => void
  },
): readonly WrittenFile[] {
  const { layer, plan, root, globs, onError } = options
  const matches = picomatch([...globs], { dot: true })
  return files.filter(({ path, change, kind }) => {
    if (!isInside(path, root) || !matches(relative(root, path))) return false
    try {
      if (change === 'removed') rmSync(path, { recursive: true, force: true })
      else if (kind === 'file' || kind === 'link') carry(upperPath(path, layer, plan), path, kind)
      else return false
      return true
    } catch (error) {
      onError(path, error instanceof Error ? error.message : String(error))
      return false
    }
  })
}

function upperPath(path: string, layer: string, plan: MountPlan): string {
  // The innermost covered directory is the one that was written to.
  const index = plan.covered.findLastIndex((target) => isInside(path, target))
  return join(upperOf(layer, index), relative(plan.covered[index] ?? '/', path))
}

function carry(from: string, to: string, kind: 'file' | 'link'): void {
  mkdirSync(dirname(to), { recursive: true })
  // A reader never sees half a file, and two workers that keep the same one do not mix.
  const beside = `${to}.${process.pid}.isolane`
  try {
    if (kind === 'link') symlinkSync(readlinkSync(from), beside)
    else copyFileSync(from, beside)
    renameSync(beside, to)
  } finally {
    rmSync(beside, { force: true })
  }
}

function walk(directory: string, visit: (path: string, stats: Stats) => void): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name)
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats === undefined) continue
    if (stats.isDirectory()) {
      // A directory of others that this user may not list has nothing of the sandbox in it.
      if (canList(path)) walk(path, visit)
    } else visit(path, stats)
  }
}

function canList(path: string): boolean {
  try {
    readdirSync(path)
    return true
  } catch {
    return false
  }
}

function changeOf(stats: Stats, before: Stats | undefined): WrittenFile['change'] | undefined {
  // A removed file is a character device 0:0 (kernel documentation, overlayfs, "whiteouts").
  if (stats.isCharacterDevice() && stats.rdev === 0)
    return before === undefined ? undefined : 'removed'
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

function kindOf(stats: Stats): WrittenFile['kind'] {
  if (stats.isFile() || stats.isCharacterDevice()) return 'file'
  if (stats.isSymbolicLink()) return 'link'
  return stats.isSocket() ? 'socket' : 'other'
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
