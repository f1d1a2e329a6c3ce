import { plainText } from '../report/names.ts'
import { interval } from '../report/figures.ts'
import { isUndecided } from '../report/is-undecided.ts'
import type { Finding } from '../report/schema.ts'
import { pool, upperBound } from '../verdict/statistics.ts'
import type { Counts } from '../verdict/statistics.ts'
import { isFlaky } from '../verdict/verdict.ts'
import { plusDays } from './judge.ts'
import type { QuarantineEntry, QuarantineReport } from './schema.ts'

/** What the history knows of a test: runs of the command as it is, all of them or those of the days after `since`. */
export type RateOf = (test: string, since?: string) => Counts

type Proposal = QuarantineReport['proposals'][number]

const quarantineDays = 28
const calmBelow = 0.01
const mostProposals = 20

/**
 * Which tests should be put into quarantine, and which need not stay there, with the figures.
 *
 * A finding is proposed when it is flaky, which is decided, and was seen more than once. An entry is proposed for removal
 * when its test has passed so often since then that its old rate would have shown itself (95 %), or that
 * its rate is below 1 %.
 */
export function propose(
  findings: readonly Finding[],
  entries: readonly QuarantineEntry[],
  rateOf: RateOf,
  today: string,
): Proposal[] {
  const named = new Set(entries.map(({ test }) => test))
  const additions = findings
    .filter((finding) => isFlaky(finding.verdict) && !isUndecided(finding))
    .filter(({ test }) => test.file !== '' && !named.has(test.key))
    .flatMap((finding) => addition(finding, rateOf(finding.test.key), today))
  const removals = entries.flatMap((entry) => removal(entry, rateOf(entry.test, entry.since)))
  return [...removals, ...additions].slice(0, mostProposals)
}

function addition(finding: Finding, remembered: Counts, today: string): Proposal[] {
  const { test, verdict, mechanism, cause, arms } = finding
  const rerun = verdict === 'intermittent' ? pool(arms.parallel, arms.alone) : arms.parallel
  // What is remembered ends with the failure that started this; the experiments come on top.
  const rate = pool(remembered, rerun)
  if (rate.failures + (remembered.runs === 0 ? 1 : 0) < 2) return []
  const kind = [mechanism, cause === 'unknown' ? undefined : cause].filter(Boolean).join(', ')
  const what = kind === '' ? verdict : `${verdict} (${kind})`
  const entry: QuarantineEntry = {
    test: test.key,
    owner: 'name one',
    reason: what,
    since: today,
    expires: plusDays(today, quarantineDays),
    rate,
  }
  const why = `${what}: failed ${rate.failures} of ${rate.runs} runs (${interval(rate)})`
  return [{ action: 'add', test: test.key, why, rate, entry }]
}

function removal(entry: QuarantineEntry, rate: Counts): Proposal[] {
  if (rate.failures > 0 || rate.runs === 0) return []
  const old = entry.rate
  const bound = upperBound(rate)
  if (bound < calmBelow) {
    const why = `passed all ${rate.runs} runs since then: its rate is under 1 % (95 %)`
    return [{ action: 'remove', test: entry.test, why, rate }]
  }
  if (old === undefined || old.failures === 0 || old.runs === 0) return []
  const needed = runsToTrust(old)
  if (rate.runs < needed) return []
  const why = `passed all ${rate.runs} runs since then; at its old rate of ${old.failures} in ${old.runs}, ${needed} without a failure were enough (95 %)`
  return [{ action: 'remove', test: entry.test, why: plainText(why), rate }]
}

/** Passes in a row after which a failure rate as high as this one is out of the question: ln 0.05 / ln (1 - p). */
export function runsToTrust({ runs, failures }: Counts): number {
  const p = failures / runs
  return p >= 1 ? 3 : Math.max(3, Math.ceil(Math.log(0.05) / Math.log(1 - p)))
}
