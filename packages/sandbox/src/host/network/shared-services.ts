import { isInside } from '../ground.ts'
import type { Forwarded } from './forwards.ts'

/**
 * Names, for people, the services of a run that all its workers share: a database that a global setup has started,
 * say. The display of the machine and the like are none.
 *
 * @param forwarded see `Sandboxes.forwarded`.
 * @param own ports, and absolute paths of directories: what answers there is no service that two workers share, but
 *   that of a lane.
 */
export function sharedServices(
  forwarded: readonly Forwarded[],
  own: Iterable<string> = [],
): readonly string[] {
  const lanes = new Set(own)
  const directories = [...lanes].filter((one) => one.startsWith('/'))
  return forwarded
    .filter(({ by, name }) => {
      if (by === 'environment') return false
      if (name.startsWith('/')) return !directories.some((one) => isInside(name, one))
      return !lanes.has(name.slice(name.lastIndexOf(':') + 1))
    })
    .map(({ name, command }) => (command === '' ? name : `${name} (${command})`))
}
