/**
 * Has a worker begin with room for what it loads: with V8's own first size it would be collected several times over
 * before the first test. The most that the young generation grows to, and what is in use, stay the same.
 */
export const youngHeap = '--min-semi-space-size=8'

/** The arguments to start a worker with: with {@link youngHeap}, unless its user has chosen sizes. */
export function withYoungHeap(
  execArgv: readonly string[],
  nodeOptions: string | undefined,
): readonly string[] {
  const chosen = [...execArgv, nodeOptions ?? ''].some((one) => /semi[-_]space/.test(one))
  return chosen ? execArgv : [...execArgv, youngHeap]
}
