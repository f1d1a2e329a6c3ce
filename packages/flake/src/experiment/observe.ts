import { resolve } from 'node:path'
import type { TestRecord } from '@isolane/record'
import type { TestRef } from '../runners/driver.ts'
import { thrownIn } from '../runners/thrown-in.ts'
import { isSeedContract } from '../verdict/cause.ts'
import { hintsOf } from '../verdict/hints.ts'
import type { HypothesisName } from '../verdict/hypotheses.ts'
import { samplesOf } from '../verdict/outcomes.ts'
import type { Sample } from '../verdict/outcomes.ts'
import type { Suspect } from './suspect.ts'
import { loadSamples } from './triage.ts'

/** The results of one member in a record of an arm. */
export function resultsOf(suspect: Suspect, test: TestRef, record: TestRecord): Sample[] {
  if (suspect.kind !== 'load') {
    return samplesOf(record).filter(({ key }) => key === test.key)
  }
  const failed = loadSamples(record).filter(({ key }) => key === test.key)
  if (failed.length > 0) return failed
  const loaded = samplesOf(record).find(
    ({ attempt }) => attempt.file === test.file && attempt.project === test.project,
  )
  return loaded === undefined
    ? []
    : [{ ...loaded, key: test.key, failed: false, timedOut: false, error: undefined }]
}

/** What the stopping rule is told of a suspect. */
export function seenOf(suspect: Suspect): {
  counts: Suspect['counts']
  hints: ReturnType<typeof hintsOf>
} {
  const hints: { -readonly [Name in HypothesisName]?: number } = { ...hintsOf(suspect.trigger) }
  for (const { role } of suspect.insight?.culprits ?? []) {
    for (const name of shownBy[role] ?? []) hints[name] = shown * (hints[name] ?? 1)
  }
  // Nobody has seen it without the others: nothing says that it is due to them.
  const unseen = suspect.isUnselectable ? { 'parallel-only': 0, starved: 0 } : {}
  return { counts: suspect.counts, hints: { ...hints, ...unseen } }
}

/** What a search that has found somebody speaks for: it found nobody by chance in one of so many. */
const shown = 20
const shownBy: Readonly<Record<string, readonly HypothesisName[]>> = {
  'co-runner': ['parallel-only'],
  polluter: ['victim', 'victim-outside'],
  'state-setter': ['brittle', 'brittle-outside'],
}

/** True when its error says that a seed contract is broken. */
export function isBrokenContract({ kind, trigger }: Suspect): boolean {
  const error = trigger?.sample.error
  return kind === 'setup' && error !== undefined && isSeedContract(error)
}

/** True when it failed before the test itself began. */
export function isThrownInSetup({ kind, trigger }: Suspect): boolean {
  if (kind !== 'test' || trigger === undefined) return kind === 'setup'
  const { sample, record } = trigger
  const place = thrownIn(sample.error?.stack, resolve(record.header.cwd, sample.attempt.file))
  return place === 'beforeAll' || place === 'beforeEach'
}
