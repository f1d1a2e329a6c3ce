/**
 * Runs every step in order, also when one before it failed, and throws what went wrong at the end: one error
 * as it is, several as an `AggregateError` whose message says each.
 *
 * Steps that are synchronous run before the first `await`, so that they also run while the process exits.
 */
export async function settleAll(
  what: string,
  steps: Iterable<() => void | Promise<unknown>>,
): Promise<void> {
  const errors: unknown[] = []
  for (const step of steps) {
    try {
      const result = step()
      if (result instanceof Promise) await result
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) {
    const reasons = errors.map((error) => (error instanceof Error ? error.message : String(error)))
    throw new AggregateError(errors, `${what}:\n${reasons.join('\n')}`)
  }
}
