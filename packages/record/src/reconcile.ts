import type { Attempt, Collected, Missing } from './lines.ts'

/**
 * The tests that were collected but of which no attempt is known. Whoever closes a record calls it,
 * so that no test is lost when a worker dies.
 *
 * @param started keys of the tests that are known to have begun.
 */
export function reconcile(
  collected: Iterable<Omit<Collected, 'kind'>>,
  attempts: Iterable<Pick<Attempt, 'key'>>,
  started: ReadonlySet<string> = new Set(),
): Missing[] {
  const reported = new Set<string>()
  for (const { key } of attempts) reported.add(key)
  const missing: Missing[] = []
  for (const test of collected) {
    if (reported.has(test.key)) continue
    reported.add(test.key)
    const { key, project, file, line, titlePath } = test
    missing.push({
      kind: 'missing',
      key,
      project,
      file,
      ...(line === undefined ? {} : { line }),
      titlePath,
      started: started.has(key),
    })
  }
  return missing
}
