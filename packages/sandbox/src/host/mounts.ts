import { chmodSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SandboxError } from '../shared/sandbox-error.ts'
import { isInside } from './ground.ts'

/** What the files part of a sandbox consists of. All paths absolute and without links. */
export interface MountPlan {
  /** Directories that get a copy-on-write view, outer ones first. */
  readonly covered: readonly string[]
  /** Paths inside those that stay shared with the machine. */
  readonly shared: readonly string[]
}

/**
 * Plans the mounts of every sandbox of a run: the project's root, the temp directories and what is mounted
 * inside them are copy-on-write.
 *
 * @param root the project's root.
 * @throws SandboxError when the root is no directory, or is the machine's root directory.
 */
export function planMounts(root: string, shared: readonly string[]): MountPlan {
  const real = realpathSync(root)
  if (real === '/') {
    throw new SandboxError(
      'The project is the root directory of this machine, which cannot be made copy-on-write.',
      'run the command in the directory of the project.',
    )
  }
  const wanted = [real, realpathSync('/tmp'), realpathSync(tmpdir())]
  const inside = mountPoints().filter((point) => wanted.some((one) => isInside(point, one)))
  const covered = [...new Set([...wanted, ...inside])].sort((a, b) => a.length - b.length)
  return { covered, shared: shared.filter((path) => covered.some((one) => isInside(path, one))) }
}

/**
 * Makes the directories of a layer and the table of its mounts.
 *
 * @param layer an empty directory for this sandbox alone.
 * @param options of each overlay, from the probe.
 */
export function layOut(layer: string, plan: MountPlan, options: string): void {
  const lines: string[] = []
  const add = (from: string, to: string, type: string, how: string): void => {
    lines.push(`${escaped(from)} ${escaped(to)} ${type} ${how} 0 0`)
  }
  plan.covered.forEach((path, index) => {
    for (const name of ['lower', 'upper', 'work', 'merged']) {
      mkdirSync(join(layer, String(index), name), { recursive: true, mode: 0o700 })
    }
    // The merged directory has the mode of its upper one.
    chmodSync(upperOf(layer, index), statSync(path).mode & 0o7777)
    add(path, join(layer, String(index), 'lower'), 'none', 'bind')
  })
  plan.shared.forEach((path, index) => {
    const stage = join(layer, `shared-${index}`)
    if (statSync(path).isDirectory()) mkdirSync(stage, { mode: 0o700 })
    else writeFileSync(stage, '', { mode: 0o600 })
    add(path, stage, 'none', 'rbind')
  })
  plan.covered.forEach((_, index) => {
    const here = (name: string): string => `${index}/${name}`
    const directories = `lowerdir=${here('lower')},upperdir=${here('upper')},workdir=${here('work')}`
    add('isolane', join(layer, here('merged')), 'overlay', [directories, options].join(','))
  })
  plan.covered.forEach((path, index) => {
    add(join(layer, String(index), 'merged'), path, 'none', 'rbind')
  })
  plan.shared.forEach((path, index) => add(join(layer, `shared-${index}`), path, 'none', 'rbind'))
  // A name of its own: mount --all passes over what is mounted under the same name already.
  add('isolane', '/dev/shm', 'tmpfs', 'mode=1777')
  writeFileSync(join(layer, 'fstab'), `${lines.join('\n')}\n`, { mode: 0o600 })
}

/** The directory that holds what was written below the covered directory with this index. */
export function upperOf(layer: string, index: number): string {
  return join(layer, String(index), 'upper')
}

function mountPoints(): readonly string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point !== '')
    .map((point) =>
      point.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    )
    .filter((point) => statSync(point, { throwIfNoEntry: false })?.isDirectory() === true)
}

// fstab(5): blanks, and the sign that escapes them, in octal.
function escaped(text: string): string {
  return text.replace(
    /[\\ \t\n]/g,
    (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`,
  )
}
