import { isFlaky } from '../verdict/verdict.ts'
import type { Finding, FlakeReport } from './schema.ts'
import type { TestView } from './view-schema.ts'

/**
 * The finding that explains each test: its own, or one of setup or machine that took it along.
 */
export function findingsByTest({ findings }: FlakeReport): ReadonlyMap<string, Finding> {
  const found = new Map<string, Finding>()
  for (const finding of findings) if (finding.test.key !== '') found.set(finding.test.key, finding)
  for (const finding of findings) {
    if (isFlaky(finding.verdict)) continue
    for (const { tests } of finding.evidence) {
      for (const key of tests) if (!found.has(key)) found.set(key, finding)
    }
  }
  return found
}

/** The attempts of a test that failed: in the command as it is, and in the experiments. */
export function failuresIn(
  { attempts }: TestView,
  { runs = [] }: FlakeReport,
): { first: TestView['attempts']; again: TestView['attempts'] } {
  const failed = attempts.filter(
    ({ outcome }) => outcome === 'failed' || outcome === 'timed-out' || outcome === 'crashed',
  )
  const isFirst = ({ run, retry }: TestView['attempts'][number]): boolean =>
    runs[run]?.arm === 'first' && retry === 0
  return { first: failed.filter(isFirst), again: failed.filter((one) => !isFirst(one)) }
}

/** How long a test took in the command as it is, all its runs and retries together. */
export function durationMs({ attempts }: TestView, { runs = [] }: FlakeReport): number {
  let sum = 0
  for (const { run, startMs, endMs } of attempts) {
    if (runs[run]?.arm === 'first') sum += endMs - startMs
  }
  return sum
}

/** Verdict with mechanism and cause: `parallel-only (collision, port)`. */
export function kindOf({ verdict, mechanism, cause }: Finding): string {
  const more = [mechanism, cause === 'unknown' ? undefined : cause].filter(
    (one) => one !== undefined,
  )
  return more.length === 0 ? verdict : `${verdict} (${more.join(', ')})`
}

/** True unless the policy or the quarantine lets a finding pass. */
export function failsRun(finding: Finding): boolean {
  return finding.failsRun !== false
}
