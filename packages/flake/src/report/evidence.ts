import type { Answer } from '../experiment/planner.ts'
import type { Suspect } from '../experiment/suspect.ts'
import type { TestRef } from '../runners/driver.ts'
import { contrast, loud, quiet } from '../verdict/decide.ts'
import type { PortCollision } from '../verdict/mechanism.ts'
import type { ArmCounts } from '../verdict/posterior.ts'
import { lowerBound, upperBound } from '../verdict/statistics.ts'
import type { Counts } from '../verdict/statistics.ts'
import { percent } from './figures.ts'
import type { Finding } from './schema.ts'

type Evidence = Finding['evidence'][number]

/** A piece of evidence that is all words. */
export function plain(kind: string, detail: string): Evidence {
  return { kind, detail, tests: [], slots: [] }
}

/** Bounds and contrasts that the counts allow, and what stood in the way of more. */
export function statistics(
  suspect: Suspect,
  { belief, decided }: Answer,
  arms: Finding['arms'],
  wholeWallMs: number,
): Evidence[] {
  const evidence: Evidence[] = []
  const counts = suspect.counts
  const alone = suspect.total('alone')
  if (belief.verdict === 'consistent' && alone.runs > 0) {
    const low = percent(lowerBound(alone))
    evidence.push(plain('bound', `fails at least ${low} of the time when it runs alone (95 %)`))
  }
  if (belief.verdict === 'parallel-only' && loud(counts).runs > 0) {
    const p = contrast(counts)
    evidence.push(
      plain('contrast', `Fisher's exact test, parallel against serial: p = ${p.toPrecision(2)}`),
    )
  }
  if (belief.verdict === 'not-reproduced') {
    evidence.push(plain('bound', rateAndPrice(counts, wholeWallMs)))
  }
  if (suspect.isUnselectable && arms.alone.runs === 0) {
    evidence.push(plain('selection', 'the runner gave no result when asked for this test alone'))
  }
  if (!decided) evidence.push(plain('budget', 'not decided: the budget ended first'))
  return evidence
}

// A rate of 5 % shows itself in 59 runs with 95 % certainty: ln 0.05 / ln 0.95.
const runsForFivePercent = 59

function rateAndPrice(counts: ArmCounts, wholeWallMs: number): string {
  const [parallel, alone] = [loud(counts), quiet(counts)]
  const minutes = Math.max(1, Math.round((runsForFivePercent * wholeWallMs) / 60_000))
  const price = `to see a rate of 5 % takes about ${runsForFivePercent} runs, ${minutes} min`
  const bound = (of: Counts): string => `below ${percent(upperBound(of))} (95 %)`
  if (parallel.runs > 0) return `its rate beside other tests is ${bound(parallel)}; ${price}`
  if (alone.runs > 0) return `its rate alone is ${bound(alone)}; ${price}`
  return `it was not run again; ${price}`
}

/** Who was examined together with it. */
export function together(suspect: Suspect): Evidence[] {
  if (suspect.members.length === 1) return []
  const tests = suspect.members.map(({ key }) => key)
  const detail =
    suspect.kind === 'setup'
      ? `${tests.length} tests could not run because of it`
      : `${tests.length} tests failed with one error and were examined together`
  return [{ kind: suspect.kind === 'setup' ? 'setup' : 'cluster', detail, tests, slots: [] }]
}

/** The other error that a test also failed with. */
export function otherError(suspect: Suspect, member: TestRef): Evidence[] {
  const first = suspect.triggers.get(member.key)?.sample.error?.signature
  const other = suspect.seen.find(
    ({ sample }) => sample.failed && sample.key === member.key && sample.error?.signature !== first,
  )
  if (other === undefined || first === undefined) return []
  const message = other.sample.error?.message.split('\n')[0] ?? ''
  return [plain('error', `it also failed with another error (${other.arm}): ${message}`)]
}

/** Both parties of a collision on a port. */
export function collisionEvidence({ port, victim, other }: PortCollision): Evidence {
  return {
    kind: 'port',
    detail: `both listened on port ${port}`,
    tests: [victim.key, other.key],
    slots: [victim.slot, other.slot].filter((slot) => slot !== undefined),
  }
}
