import type { Finding } from './schema.ts'

/** True for a finding whose experiments ended, for want of time or by ctrl-C, before its verdict was sure. */
export function isUndecided({ evidence }: Pick<Finding, 'evidence'>): boolean {
  return evidence.some(({ kind }) => kind === 'budget')
}
