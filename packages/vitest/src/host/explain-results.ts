import { explainErrors } from '@isolane/core/host'
import type { Explain } from '@isolane/core/host'

/**
 * Adds to the results of tests, as a worker sends them (`onTaskUpdate([[id, result, meta], …], …)` of birpc), what the
 * sandbox has to do with their errors.
 */
export function explainResults(message: unknown, explain: Explain): void {
  const { m: method, a: args } = (message ?? {}) as { readonly m?: unknown; readonly a?: unknown }
  const [packs] = method === 'onTaskUpdate' && Array.isArray(args) ? (args as unknown[]) : []
  for (const pack of Array.isArray(packs) ? (packs as unknown[]) : []) {
    const result = Array.isArray(pack) ? (pack[1] as { errors?: unknown } | undefined) : undefined
    explainErrors(result?.errors, explain)
  }
}
