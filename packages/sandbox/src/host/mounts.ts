import {
  chmodSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import type { Stats } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import type { Part } from '../options.ts'
import { SandboxError } from '../shared/sandbox-error.ts'
import { isInside } from './ground.ts'
import { mountsSysfs } from './way.ts'
import type { Way } from './way.ts'

/** What the files part of a sandbox consists of. All paths absolute and without links. */
export interface MountPlan {
  /** Directories that get a copy-on-write view, outer ones first. */
  readonly covered: readonly string[]
  /** Paths inside those that stay shared with the machine. */
  readonly shared: readonly string[]
}

const memory = '/dev/shm'
const desktop = '/tmp/.X11-unix'

/**
 * Plans the mounts of every sandbox of a run: the project's root, the temp directories and what is mounted
 * inside them are copy-on-write.
 *
 * @param root the project's root.
 * @throws SandboxError when the root is no directory, or is the machine's root directory.
 */
export function planMounts(root: string, shared: readonly string[]): MountPlan {
  const real = realDirectory(root)
  if (real === undefined) {
    throw new SandboxError(
      `The project's root ${root} is no directory.`,
      'run the command in the directory of the project.',
    )
  }
  if (real === '/') {
    throw new SandboxError(
      'The project is the root directory of this machine, which cannot be made copy-on-write.',
      'run the command in the directory of the project.',
    )
  }
  const temporary = ['/tmp', tmpdir()].map(realDirectory).filter((path) => path !== undefined)
  const places = [real, ...temporary]
  // Programs share memory by files here. A private one hides what lies in the machine's.
  if (places.some((path) => isInside(path, memory))) places.push(memory)
  const wanted = places.filter(
    (path, index) =>
      places.indexOf(path) === index &&
      !places.some((other) => other !== path && isInside(path, other) && canCopyUp(path, other)),
  )
  const mounted = mountPoints().filter(
    ({ path }) => !wanted.includes(path) && wanted.some((one) => isInside(path, one)),
  )
  const directories = mounted.filter(({ stats }) => stats.isDirectory())
  const others = mounted.filter(({ stats }) => !stats.isDirectory())
  // Who looks at the browser needs the one socket of the display.
  const display = process.env['DISPLAY'] === undefined ? undefined : realDirectory(desktop)
  return withShared(
    {
      covered: [...new Set([...wanted, ...directories.map(({ path }) => path)])].sort(byLength),
      shared: [],
    },
    [...shared, ...others.map(({ path }) => path), ...(display === undefined ? [] : [display])],
  )
}

/** The plan with further existing paths that stay shared. Those outside what is covered are shared anyway. */
export function withShared({ covered, shared }: MountPlan, more: readonly string[]): MountPlan {
  const all = more.flatMap((path) => {
    const real = realpathSync(path)
    if (covered.some((one) => isInside(real, one))) return [real]
    return covered.filter((one) => isInside(one, real))
  })
  // The order of `covered` stays: what was written is found by its index.
  return { covered, shared: [...new Set([...shared, ...all])].sort(byLength) }
}

/**
 * Makes the directories of a layer and the table of its mounts, `fstab`. What is only mounted on, each sandbox in its
 * own namespace, is in a directory for all sandboxes of the run, `stage` beside the layer.
 *
 * @param layer an empty directory for this sandbox alone.
 */
export function layOut(
  layer: string,
  plan: MountPlan,
  options: {
    readonly parts: readonly Part[]
    /** From the probe. */
    readonly way: Pick<Way, 'overlay' | 'sysfs'>
  },
): void {
  const { parts, way } = options
  const lines: string[] = []
  // The name of a source of our own: mount --all passes over what is mounted under the same name already.
  const own = `isolane:${layer}`
  const add = (from: string, to: string, type: string, how: string): void => {
    lines.push(`${escaped(from)} ${escaped(to)} ${type} ${how} 0 0`)
  }
  if (parts.includes('files')) addFiles(layer, plan, way.overlay, own, add)
  if (parts.includes('processes')) add(own, '/proc', 'proc', 'nosuid,nodev,noexec')
  if (mountsSysfs(way.sysfs, parts)) {
    add(`${own}:sys`, staged(layer, 'sys'), 'sysfs', 'nosuid,nodev,noexec')
  }
  if (lines.length > 0) {
    writeFileSync(join(layer, 'fstab'), `${lines.join('\n')}\n`, { mode: 0o600 })
  }
}

/** The directory that holds what was written below the covered directory with this index. */
export function upperOf(layer: string, index: number): string {
  return join(layer, `upper-${index}`)
}

type Add = (from: string, to: string, type: string, how: string) => void

function addFiles(
  layer: string,
  { covered, shared }: MountPlan,
  options: string,
  own: string,
  add: Add,
): void {
  const places = shared.flatMap((path, index) => {
    const stats = statSync(path, { throwIfNoEntry: false })
    // What was mounted by others when the run began may be gone by now.
    if (stats === undefined) return []
    const stage = stats.isDirectory()
      ? staged(layer, `${index}`)
      : stagedFile(layer, `file-${index}`)
    return { path, stage }
  })
  for (const { path, stage } of places) add(path, stage, 'none', 'rbind')
  const overlays = covered.flatMap((path, index) => {
    mkdirSync(upperOf(layer, index), { mode: 0o700 })
    const nested = covered.some((other) => other !== path && isInside(path, other))
    const stats = statSync(path, { throwIfNoEntry: !nested })
    if (stats === undefined) return []
    mkdirSync(join(layer, `work-${index}`), { mode: 0o700 })
    // The directory that is seen has the mode of its upper one.
    chmodSync(upperOf(layer, index), stats.mode & 0o7777)
    // A link of ours: a comma or a colon in the path itself would end it. Relative, for the same reason.
    symlinkSync(path, join(layer, `lower-${index}`))
    const directories = `lowerdir=lower-${index},upperdir=upper-${index},workdir=work-${index}`
    return { path, nested, index, how: options === '' ? directories : `${directories},${options}` }
  })
  const inner = overlays
    .filter(({ nested }) => nested)
    .map((one) => ({ ...one, stage: staged(layer, `merged-${one.index}`) }))
  // What is mounted inside another covered directory is made before that one hides what lies below.
  for (const { stage, index, how } of inner) add(`${own}:${index}`, stage, 'overlay', how)
  for (const { path, index, how } of overlays.filter(({ nested }) => !nested)) {
    add(`${own}:${index}`, path, 'overlay', how)
  }
  for (const { path, stage } of inner) add(stage, path, 'none', 'rbind')
  addMemory(layer, covered, own, add)
  for (const { path, stage } of places) add(stage, path, 'none', 'rbind')
}

/** A directory to mount on. */
function staged(layer: string, name: string): string {
  const path = join(dirname(layer), 'stage', name)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return path
}

function stagedFile(layer: string, name: string): string {
  const path = join(staged(layer, ''), name)
  writeFileSync(path, '', { mode: 0o600 })
  return path
}

/** An empty /dev/shm, where nothing of it is covered. When layers lie there, those of this run stay in sight. */
function addMemory(layer: string, covered: readonly string[], own: string, add: Add): void {
  if (covered.includes(memory) || realDirectory(memory) === undefined) return
  if (!isInside(layer, memory)) {
    add(`${own}:shm`, memory, 'tmpfs', 'mode=1777')
    return
  }
  const stage = join(layer, 'shm')
  const run = dirname(layer)
  const seen = join(stage, relative(memory, run))
  mkdirSync(seen, { recursive: true, mode: 0o755 })
  chmodSync(stage, 0o1777)
  add(run, seen, 'none', 'rbind')
  add(stage, memory, 'none', 'rbind')
}

/**
 * Whether the overlay of a directory serves for one inside it: what is written is copied up with the directories above
 * it, and a user namespace cannot name other users that own those. A mount too many is no cure for all: over a
 * directory in which one is mounted, a user namespace inside this one can lay nothing.
 */
function canCopyUp(path: string, covering: string): boolean {
  const uid = process.getuid?.()
  for (let at = dirname(path); at !== covering; at = dirname(at)) {
    if (uid !== 0 && statSync(at).uid !== uid) return false
  }
  return true
}

function byLength(a: string, b: string): number {
  return a.length - b.length
}

function realDirectory(path: string): string | undefined {
  try {
    const real = realpathSync(path)
    return statSync(real).isDirectory() ? real : undefined
  } catch {
    return undefined
  }
}

interface MountPoint {
  readonly path: string
  readonly stats: Stats
}

function mountPoints(): readonly MountPoint[] {
  const found: MountPoint[] = []
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const written = line.split(' ')[4]
    if (written === undefined) continue
    // Octets, for what is not ASCII was not escaped (proc_pid_mountinfo(5)).
    const path = written.replace(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(parseInt(octal, 8)),
    )
    try {
      found.push({ path, stats: statSync(path) })
    } catch {
      // Hidden by a later mount, or of another user: nobody inside gets there either.
    }
  }
  return found
}

// fstab(5): blanks, and the sign that escapes them, in octal. A sharp begins a comment.
function escaped(text: string): string {
  return text.replace(
    /[\\ \t\n#]/g,
    (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`,
  )
}
