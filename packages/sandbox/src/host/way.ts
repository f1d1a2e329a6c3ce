import { fileURLToPath } from 'node:url'
import type { Part } from '../options.ts'
import { toolPath } from './tools.ts'
import type { Tool } from './tools.ts'

const script = (name: string): string =>
  fileURLToPath(new URL(`../../shell/${name}.sh`, import.meta.url))

/** How sandboxes are made: by the root of this machine, or by that of a user namespace. */
export interface Way {
  readonly name: string
  /** `volatile` when nothing of an overlay is forced to the disk. */
  readonly sync: 'volatile' | ''
  /** The directory in which layers lie. */
  readonly ground: string
  /** Options of each overlay beside its directories. */
  readonly overlay: string
  readonly userNamespace: boolean
  /** Runs a program that may mount overlays like those, and reads what they left. */
  readonly mounter: readonly [string, ...string[]]
  /** What is put before a command. */
  prefix(
    parts: readonly Part[],
    place: {
      readonly layer: string
      readonly cwd: string
      /** '', or a module that Node.js runs inside before the command. */
      readonly helper: string
    },
  ): readonly [string, ...string[]]
}

/** The ways to try: with the rights of root where this process has them, else in a user namespace. */
export function waysOf(ground: string): readonly Way[] {
  const asUser = [way(ground, true, 'volatile'), way(ground, true, '')]
  return process.getuid?.() === 0
    ? [way(ground, false, 'volatile'), way(ground, false, ''), ...asUser]
    : asUser
}

function way(ground: string, userNamespace: boolean, sync: 'volatile' | ''): Way {
  const uid = process.getuid?.() ?? 0
  // Root stays root of the new namespace; everybody else becomes who they were.
  const gid = process.getgid?.() ?? 0
  const user = userNamespace && uid !== 0 ? `${uid}:${gid}` : ''
  const overlay = [
    // What the root of a user namespace may write.
    ...(userNamespace ? ['userxattr'] : ['redirect_dir=off']),
    // Layers are thrown away, so nothing needs to reach the disk: `volatile` spares every fsync.
    ...(sync === '' ? [] : [sync]),
  ].join(',')
  const unshare = tool('unshare')
  const asRoot = userNamespace ? ['--user', '--map-root-user'] : []
  return {
    name: `${userNamespace ? 'user' : 'root'}${sync}`,
    sync,
    userNamespace,
    ground,
    overlay,
    mounter: [unshare, ...asRoot, '--mount', '--'],
    prefix: (parts, { layer, cwd, helper }) => {
      // As in inside.sh.
      const again = [unshare, '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--']
      const entering = user === '' ? [] : again
      return [
        unshare,
        ...asRoot,
        '--mount',
        ...(parts.includes('network') ? ['--net'] : []),
        ...(parts.includes('processes') ? ['--pid', '--ipc'] : []),
        '--',
        tool('sh'),
        script('enter'),
        layer,
        parts.map((part) => part[0]).join(''),
        ...(['mount', 'ip', 'env', 'cat'] as const).map(tool),
        cwd,
        // Without a time limit timeout(1) passes signals on, and ends just as the command did: by the same
        // signal or code.
        ...(parts.includes('processes')
          ? [tool('timeout'), '--foreground', '--signal=USR1', '0']
          : []),
        ...(helper === ''
          ? entering
          : [tool('sh'), script('inside'), layer, user, unshare, process.execPath, helper]),
      ]
    },
  }
}

function tool(name: Tool): string {
  return toolPath(name) ?? name
}
