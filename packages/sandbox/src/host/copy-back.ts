import {
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import picomatch from 'picomatch'
import type { WrittenFile } from './footprint.ts'
import { isInside } from './ground.ts'
import type { MountPlan } from './mounts.ts'
import { upperOf } from './mounts.ts'

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

/** A larger file is carried over without a look at whether it is the same. */
const COMPARED_BYTES = 16 * 1024 * 1024

/**
 * Carries over to the machine what matches `globs`, each file at once, with its mode.
 *
 * @returns the files that are on the machine now as they are inside; one that was the same already is not touched.
 *   One that cannot be carried over (a full disk) is reported to `onError`.
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
  return keptOf(files, root, globs).filter((file) => {
    const { path } = file
    try {
      const index = indexOf(path, plan)
      const target = plan.covered[index]
      return target !== undefined && carry(file, target, upperOf(layer, index))
    } catch (error) {
      onError(path, error instanceof Error ? error.message : String(error))
      return false
    }
  })
}

/** Those of the project's files that `globs` match. */
export function keptOf(
  files: readonly WrittenFile[],
  root: string,
  globs: readonly string[],
): readonly WrittenFile[] {
  if (files.length === 0) return []
  const matches = picomatch([...globs], { dot: true })
  return files.filter(
    ({ path }) => path !== root && isInside(path, root) && matches(relative(root, path)),
  )
}

/** Where what was written to a path lies in a layer; undefined when the path is in no covered directory. */
export function insideOf(path: string, layer: string, plan: MountPlan): string | undefined {
  const index = indexOf(path, plan)
  const target = plan.covered[index]
  return target === undefined ? undefined : join(upperOf(layer, index), relative(target, path))
}

/** The innermost covered directory is the one that was written to. */
function indexOf(path: string, { covered }: MountPlan): number {
  return covered.findLastIndex((target) => isInside(path, target))
}

function carry({ path, change, kind }: WrittenFile, target: string, upper: string): boolean {
  if (change === 'removed') {
    rmSync(path, { recursive: true, force: true })
    return true
  }
  if (kind !== 'file' && kind !== 'link') return false
  const from = join(upper, relative(target, path))
  if (kind === 'file' && isSame(from, path)) return true
  makeParents(dirname(relative(target, path)), target, upper)
  // A reader never sees half a file, and two workers that keep the same one do not mix.
  const beside = join(dirname(path), `.isolane-${process.pid}`)
  try {
    rmSync(beside, { force: true })
    const { mode, uid, gid, atime, mtime } = lstatSync(from)
    if (kind === 'link') symlinkSync(readlinkSync(from), beside)
    else copyFileSync(from, beside, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
    if (process.getuid?.() === 0) lchownSync(beside, uid, gid)
    if (kind === 'file') {
      // After its owner: a change of that takes some bits away (chown(2)).
      chmodSync(beside, mode & 0o7777)
      utimesSync(beside, atime, mtime)
    }
    renameSync(beside, path)
  } finally {
    rmSync(beside, { force: true })
  }
  return true
}

/** Makes the directories that are missing as they are in the sandbox. Never follows a link that is one outside only. */
function makeParents(directory: string, target: string, upper: string): void {
  let at = ''
  for (const name of directory.split(sep).filter((part) => part !== '.')) {
    at = join(at, name)
    const real = join(target, at)
    const before = lstatSync(real, { throwIfNoEntry: false })
    if (before?.isDirectory() === true) continue
    if (before !== undefined) throw new Error(`${real} is no directory outside the sandbox`)
    const { mode, uid, gid } = lstatSync(join(upper, at))
    mkdirSync(real)
    if (process.getuid?.() === 0) lchownSync(real, uid, gid)
    chmodSync(real, mode & 0o7777)
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [lstatSync(one), lstatSync(other, { throwIfNoEntry: false })]
  return (
    b?.isFile() === true &&
    a.size === b.size &&
    a.mode === b.mode &&
    a.size <= COMPARED_BYTES &&
    readFileSync(one).equals(readFileSync(other))
  )
}
