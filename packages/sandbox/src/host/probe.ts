import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Part } from '../options.ts'
import { SandboxError } from '../shared/sandbox-error.ts'
import { cure } from './cure.ts'
import { layOut } from './mounts.ts'
import { bootId } from './owner.ts'
import { missingTools, toolPath } from './tools.ts'

const shell = fileURLToPath(new URL('../../shell/enter.sh', import.meta.url))

/** How sandboxes are made on this machine. */
export interface Way {
  /** The directory in which layers lie. */
  readonly ground: string
  /** Options of each overlay beside its directories. */
  readonly overlay: string
  /** What is put before a command. */
  prefix(
    parts: readonly Part[],
    place: { readonly layer: string; readonly cwd: string; readonly helper: string },
  ): readonly [string, ...string[]]
}

/**
 * Finds how sandboxes are made here by making one, and remembers the answer until the machine is started again.
 *
 * @param places directories that may hold layers, best first.
 * @throws SandboxError when a part cannot be had, with the reason that the kernel gave and the cure.
 */
export function probe(parts: readonly Part[], places: readonly string[]): Way {
  const missing = missingTools()
  if (missing.length > 0) {
    throw new SandboxError(
      `Sandboxes are made with programs that are not on this machine: ${missing.join(', ')}.`,
      'install them with the package manager; Debian: apt-get install util-linux iproute2 coreutils.',
    )
  }
  let reason = places.length === 0 ? 'no directory can hold the layers' : ''
  for (const ground of places) {
    for (const way of ways(ground)) {
      const known = join(
        ground,
        `works-${bootId()}-${way.name}-${parts.map((part) => part[0]).join('')}`,
      )
      if (existsSync(known)) return way
      const failure = tryOut(way, parts)
      if (failure === undefined) {
        writeFileSync(known, '', { mode: 0o600 })
        return way
      }
      reason ||= failure
    }
  }
  throw new SandboxError(
    `This machine does not let a process have ${parts.join(', ')} of its own: ${reason}`,
    cure(parts, reason),
  )
}

interface NamedWay extends Way {
  readonly name: string
}

/** The ways to try: with the rights of root where this process has them, else in a user namespace. */
function ways(ground: string): readonly NamedWay[] {
  const asRoot = ['volatile', 'none'].map((sync) => way(ground, false, sync))
  const asUser = ['volatile', 'none'].map((sync) => way(ground, true, sync))
  return process.getuid?.() === 0 ? [...asRoot, ...asUser] : asUser
}

function way(ground: string, userNamespace: boolean, sync: string): NamedWay {
  const uid = process.getuid?.() ?? 0
  // Root stays root of the new namespace; everybody else becomes who they were.
  const user = userNamespace && uid !== 0 ? `${uid}:${process.getgid?.() ?? 0}` : ''
  // Layers are thrown away, so nothing needs to reach the disk: `volatile` spares every fsync.
  const overlay = [...(userNamespace ? ['userxattr'] : []), ...(sync === 'volatile' ? [sync] : [])]
  return {
    name: `${userNamespace ? 'user' : 'root'}-${sync}`,
    ground,
    overlay: overlay.join(','),
    prefix: (parts, { layer, cwd, helper }) => [
      toolPath('unshare') ?? 'unshare',
      ...(userNamespace ? ['--user', '--map-root-user'] : []),
      '--mount',
      ...(parts.includes('network') ? ['--net'] : []),
      ...(parts.includes('processes') ? ['--pid', '--ipc'] : []),
      '--',
      toolPath('sh') ?? 'sh',
      shell,
      layer,
      cwd,
      user,
      parts.map((part) => part[0]).join(''),
      process.execPath,
      helper,
    ],
  }
}

/** Makes a sandbox for `true`; gives what went wrong. */
function tryOut(way: Way, parts: readonly Part[]): string | undefined {
  const layer = mkdtempSync(join(way.ground, `${process.pid}-probe-`))
  try {
    const covered = join(layer, 'covered')
    mkdirSync(covered)
    if (parts.includes('files')) layOut(layer, { covered: [covered], shared: [] }, way.overlay)
    const [command, ...args] = way.prefix(parts, { layer, cwd: '/', helper: '' })
    const { status, stderr, error } = spawnSync(command, [...args, 'true'], { encoding: 'utf8' })
    if (status === 0) return undefined
    return error?.message ?? (stderr.trim() || `it ended with code ${String(status)}`)
  } finally {
    // The kernel leaves directories of mode 0000 in the work directory of an overlay.
    spawnSync('chmod', ['-R', 'u+rwx', layer])
    rmSync(layer, { recursive: true, force: true, maxRetries: 5 })
  }
}
