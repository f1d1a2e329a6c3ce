import { IsolaneError } from '@isolane/record/worker'
import { nearest } from './nearest.ts'

/**
 * Throws when `received` is not an object, or has a name that is not allowed. `path` says whose options they are, for
 * example `sqlite()`.
 *
 * @throws `ISOLANE_OPTION` with the allowed names and the nearest spelling.
 */
export function checkOptions(
  path: string,
  received: unknown,
  allowedNames: readonly string[],
): void {
  if (typeof received !== 'object' || received === null || Array.isArray(received)) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `${path} takes an object of options, received ${kindOf(received)}.`,
      hint: `allowed options are ${allowedNames.join(', ')}.`,
      details: { path },
    })
  }
  for (const name of Object.keys(received)) {
    if (allowedNames.includes(name)) continue
    const close = nearest(name, allowedNames)
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `${path} has no option "${name}". Allowed: ${allowedNames.join(', ')}.`,
      hint: close === undefined ? `remove "${name}".` : `write "${close}" instead of "${name}".`,
      details: { path, option: name, allowed: [...allowedNames], nearest: close },
    })
  }
}

/** Says in one or two words what a value is, for messages about options. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (value === undefined) return 'undefined'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
