import { isIsolaneError } from '@isolane/core'
import { inject } from 'vitest'
import { renewsKey } from '../shared/renewal.ts'
import type { RenewalRequest } from '../shared/renewal.ts'

// Tests may replace what they can reach.
const send = process.send?.bind(process)

/** Whether the main process would make another worker. */
export function canRenew(): boolean {
  return inject(renewsKey)
}

/**
 * Asks for another worker when `error` says that the lane cannot be reset, and does not come back: the main process ends
 * this one. Throws `error` when it says something else.
 */
export async function renewAfter(
  error: unknown,
  request: Omit<RenewalRequest, 'isolane' | 'reason'>,
): Promise<never> {
  if (!isIsolaneError(error) || error.code !== 'ISOLANE_RESET' || send === undefined) throw error
  const reason: unknown = error.details?.['reason']
  if (typeof reason !== 'string') throw error
  send({ isolane: 'renew', reason, ...request } satisfies RenewalRequest)
  return await new Promise<never>(() => undefined)
}
