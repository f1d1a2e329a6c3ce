import { checkOptions, IsolaneError } from '@isolane/core'

/** What a test that reaches outside its lane, or leaves something behind, leads to. */
export type GuardLevel = 'off' | 'warn' | 'error'

/** Options of the guard, where its level alone does not say all. */
export interface GuardOptions {
  readonly level: GuardLevel
  /**
   * What tests may use although it is not their lane's: globs of files and databases, relative to the project root or
   * absolute, and numbers of ports. Default: nothing.
   */
  readonly allow?: readonly (string | number)[]
}

/** Options of the guard with nothing left open. */
export type GuardSettings = Required<GuardOptions>

const levels: readonly unknown[] = ['off', 'warn', 'error'] satisfies GuardLevel[]

/**
 * Checks what `isolated()` was given as `guard`.
 *
 * @throws IsolaneError `ISOLANE_OPTION`.
 */
export function guardSettings(guard: GuardLevel | GuardOptions = 'off'): GuardSettings {
  const options: GuardOptions = typeof guard === 'string' ? { level: guard } : guard
  checkOptions('isolated.guard', options, ['level', 'allow'])
  const { level, allow = [] } = options
  if (!levels.includes(level)) {
    const path = typeof guard === 'string' ? 'isolated.guard' : 'isolated.guard.level'
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `${path} must be 'off', 'warn' or 'error'; received ${JSON.stringify(level)}.`,
      hint: "use 'warn' to see what tests do outside their lane, 'error' to have them fail for it.",
      details: { path, received: level },
    })
  }
  const entries: readonly unknown[] | undefined = Array.isArray(allow) ? allow : undefined
  const wrong: unknown = entries === undefined ? allow : entries.find((one) => !isAllowable(one))
  if (wrong !== undefined) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `isolated.guard.allow takes globs of paths and numbers of ports; received ${JSON.stringify(wrong)}.`,
      hint: "for example guard: { level: 'warn', allow: ['out/**', 5432] }.",
      details: { path: 'isolated.guard.allow', received: wrong },
    })
  }
  return { level, allow }
}

function isAllowable(entry: unknown): boolean {
  return typeof entry === 'string' ? entry !== '' : Number.isInteger(entry) && Number(entry) > 0
}
