import type { Finding } from '../report/schema.ts'
import type { TestView } from '../report/view-schema.ts'
import { flakyVerdicts } from '../verdict/verdict.ts'
import type { Verdict } from '../verdict/verdict.ts'
import type { QuarantineEntry, QuarantineReport, QuarantineState } from './schema.ts'

/** The day that entries are compared with: `2026-11-21`, UTC. */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}

/** The day so many days after another. */
export function plusDays(day: string, days: number): string {
  return dayOf(new Date(Date.parse(day) + days * 86_400_000))
}

/** What the quarantine says of a finding; undefined when no entry names its test. */
export function stateOf(
  { test, verdict }: Pick<Finding, 'test' | 'verdict'>,
  entries: readonly QuarantineEntry[],
  today: string,
): QuarantineState | undefined {
  const entry = entries.find((one) => one.test === test.key)
  if (entry === undefined) return undefined
  const { owner, reason, issue, expires } = entry
  const state = !coveredBy(entry).has(verdict)
    ? 'not-covered'
    : isExpired(entry, today)
      ? 'expired'
      : 'active'
  return { state, owner, reason, ...(issue === undefined ? {} : { issue }), expires }
}

/** The verdicts that an entry covers: all flaky ones, unless it names others. */
function coveredBy({ verdicts }: QuarantineEntry): ReadonlySet<Verdict> {
  return new Set(verdicts ?? flakyVerdicts)
}

/** True from the day after the last one. */
function isExpired({ expires }: Pick<QuarantineEntry, 'expires'>, today: string): boolean {
  return today > expires
}

/** What became of every entry in a run. */
export function entriesOf(
  entries: readonly QuarantineEntry[],
  tests: readonly TestView[],
  today: string,
): QuarantineReport['entries'] {
  const outcomes = new Map(tests.map(({ key, outcome }) => [key, outcome]))
  return entries.map((entry) => {
    const { test, owner, reason, issue, expires } = entry
    return {
      test,
      owner,
      reason,
      ...(issue === undefined ? {} : { issue }),
      expires,
      outcome: outcomes.get(test) ?? 'unknown',
      expired: isExpired(entry, today),
      sinceRate: { runs: 0, failures: 0 },
    }
  })
}

/**
 * True when an entry whose time is over fails the run: its test is part of the run, and the policy minds
 * one of the verdicts that it covered.
 */
export function expiredFails(
  entries: readonly QuarantineEntry[],
  report: QuarantineReport['entries'],
  failOn: ReadonlySet<Verdict> | undefined,
): boolean {
  return report.some(({ expired, outcome }, at) => {
    const entry = entries[at]
    if (!expired || outcome === 'unknown' || entry === undefined) return false
    return failOn === undefined || [...coveredBy(entry)].some((verdict) => failOn.has(verdict))
  })
}
