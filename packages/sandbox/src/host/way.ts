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
  /** The loopback is brought up through a sysfs of the new network, which spares a program; else by ip(8). */
  readonly sysfs: boolean
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
  const asUser = [
    way(ground, { userNamespace: true, sync: 'volatile' }),
    way(ground, { userNamespace: true, sync: '' }),
  ]
  if (process.getuid?.() !== 0) return asUser
  return [
    // In a user namespace the files of a new network belong to nobody in it.
    way(ground, { userNamespace: false, sync: 'volatile', sysfs: true }),
    way(ground, { userNamespace: false, sync: 'volatile' }),
    way(ground, { userNamespace: false, sync: '' }),
    ...asUser,
  ]
}

function way(
  ground: string,
  {
    userNamespace,
    sync,
    sysfs = false,
  }: Pick<Way, 'userNamespace' | 'sync'> & Partial<Pick<Way, 'sysfs'>>,
): Way {
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
    name: `${userNamespace ? 'user' : 'root'}${sync}${sysfs ? 'sysfs' : ''}`,
    sync,
    userNamespace,
    sysfs,
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
        `${parts.map((part) => part[0]).join('')}${mountsSysfs(sysfs, parts) ? 's' : ''}`,
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

/** Whether a sandbox with these parts, which has mounts to be made anyway, gets a sysfs. */
export function mountsSysfs(sysfs: boolean, parts: readonly Part[]): boolean {
  return sysfs && parts.includes('network') && parts.length > 1
}

function tool(name: Tool): string {
  return toolPath(name) ?? name
}
