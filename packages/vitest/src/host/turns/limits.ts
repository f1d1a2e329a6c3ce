import { IsolaneError } from '@isolane/core'

/** Globs of test files, which start at the project's root, and how many files that match one may run at once. */
export type Limits = Readonly<Record<string, number>>

/**
 * @throws IsolaneError `ISOLANE_OPTION` for what is no glob of files or no number of them.
 */
export function checkLimits(received: unknown): void {
  if (received === undefined) return
  if (typeof received === 'object' && received !== null && !Array.isArray(received)) {
    for (const [glob, most] of Object.entries(received)) checkLimit(glob, most)
    return
  }
  throw new IsolaneError('ISOLANE_OPTION', {
    message: `isolated.limits must be an object of globs with numbers, received ${shown(received)}.`,
    hint: "write { 'legacy/**': 1 } to run one of these files at a time.",
    details: { path: 'isolated.limits' },
  })
}

function checkLimit(glob: string, most: unknown): void {
  const path = `isolated.limits[${JSON.stringify(glob)}]`
  if (glob === '' || /^([/\\]|[a-z]:|(\.\.?\/)*\.\.(\/|$))/i.test(glob)) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `${path} is not a glob of files below the project's root.`,
      hint: "globs start at the project's root, for example { 'legacy/**': 1 }.",
      details: { path, received: glob },
    })
  }
  if (typeof most !== 'number' || !Number.isInteger(most) || most < 1) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `${path} must be a whole number from 1 up; received ${shown(most)}.`,
      hint: 'write 1 to run these files one after another; leave the glob out for no limit.',
      details: { path, received: most },
    })
  }
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value)
}
