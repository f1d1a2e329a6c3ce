import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** What the control groups of this process leave it. `Infinity` where they set no limit. */
export interface CgroupRoom {
  /** CPU time, in cores. */
  readonly cores: number
  readonly limitBytes: number
  /** Memory it may still take: what the kernel can drop at once counts as free. */
  readonly freeBytes: number
}

/**
 * Reads the limits of every control group that this process is in, version 1 and 2 (kernel documentation,
 * admin-guide/cgroup-v1 and cgroup-v2): each group limits those below it.
 *
 * @param root where `proc` and `sys` lie.
 */
export function cgroupRoom(root = '/'): CgroupRoom {
  let room: CgroupRoom = { cores: Infinity, limitBytes: Infinity, freeBytes: Infinity }
  const own = ownGroups(root)
  for (const { version, controllers, at, inside } of mounts(root)) {
    const path = own.find((one) =>
      version === 2
        ? one.controllers[0] === ''
        : one.controllers.some((controller) => controllers.includes(controller)),
    )?.path
    if (path === undefined) continue
    // In a container the mount shows only a part of the tree.
    const below = relative(inside, path)
    const parts = below.startsWith('..') ? [] : below.split('/').filter(Boolean)
    for (let depth = parts.length; depth >= 0; depth -= 1) {
      const group = join(root, at, ...parts.slice(0, depth))
      room = lesser(room, version === 2 ? roomOfV2(group) : roomOfV1(group))
    }
  }
  return room
}

interface Mount {
  readonly version: 1 | 2
  readonly controllers: readonly string[]
  readonly at: string
  /** The group that is seen there. */
  readonly inside: string
}

function mounts(root: string): Mount[] {
  const found: Mount[] = []
  for (const line of text(join(root, 'proc/self/mountinfo')).split('\n')) {
    const [, , , inside, at, ...rest] = line.split(' ')
    const [type, , options = ''] = rest.slice(rest.indexOf('-') + 1)
    if (inside === undefined || at === undefined) continue
    if (type === 'cgroup2') found.push({ version: 2, controllers: [], at, inside })
    if (type !== 'cgroup') continue
    const controllers = options.split(',').filter((one) => one === 'cpu' || one === 'memory')
    if (controllers.length > 0) found.push({ version: 1, controllers, at, inside })
  }
  return found
}

function ownGroups(root: string): { readonly controllers: string[]; readonly path: string }[] {
  return text(join(root, 'proc/self/cgroup'))
    .split('\n')
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, controllers = '', path = '/']) => ({ controllers: controllers.split(','), path }))
}

function roomOfV2(group: string): CgroupRoom {
  const [quota, period] = text(join(group, 'cpu.max')).split(/\s+/).map(Number)
  const limit = bytes(join(group, 'memory.max'))
  return {
    cores: cores(quota, period),
    ...memory(limit, join(group, 'memory.current'), join(group, 'memory.stat'), 'inactive_file'),
  }
}

function roomOfV1(group: string): CgroupRoom {
  const limit = bytes(join(group, 'memory.limit_in_bytes'))
  return {
    cores: cores(
      Number(text(join(group, 'cpu.cfs_quota_us')) || 'none'),
      Number(text(join(group, 'cpu.cfs_period_us'))),
    ),
    ...memory(
      limit,
      join(group, 'memory.usage_in_bytes'),
      join(group, 'memory.stat'),
      'total_inactive_file',
    ),
  }
}

function cores(quota = Number.NaN, period = Number.NaN): number {
  return quota > 0 && period > 0 ? quota / period : Infinity
}

function memory(limit: number, used: string, stat: string, inactive: string) {
  if (limit === Infinity) return { limitBytes: Infinity, freeBytes: Infinity }
  const droppable = new RegExp(`^${inactive} (\\d+)$`, 'm').exec(text(stat))?.[1] ?? '0'
  const current = bytes(used)
  const free = current === Infinity ? limit : limit - current + Number(droppable)
  return { limitBytes: limit, freeBytes: Math.max(0, free) }
}

/** "max", or in version 1 a number near the greatest, is no limit; nor is a file that is not there. */
function bytes(path: string): number {
  const value = Number(text(path).trim() || 'none')
  return Number.isFinite(value) && value < 2 ** 60 ? value : Infinity
}

function lesser(a: CgroupRoom, b: CgroupRoom): CgroupRoom {
  return {
    cores: Math.min(a.cores, b.cores),
    limitBytes: Math.min(a.limitBytes, b.limitBytes),
    freeBytes: Math.min(a.freeBytes, b.freeBytes),
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
