import type { Answer } from '../experiment/planner.ts'
import type { Suspect } from '../experiment/suspect.ts'
import { armNames } from '../runners/driver.ts'
import type { ArmName, Driver, TestRef } from '../runners/driver.ts'
import { causeOf, portIn } from '../verdict/cause.ts'
import { overlaps, portCollision, stretch } from '../verdict/mechanism.ts'
import type { PortCollision } from '../verdict/mechanism.ts'
import type { Counts } from '../verdict/statistics.ts'
import type { Cause, Mechanism } from '../verdict/verdict.ts'
import type { TestRecord } from '@isolane/record'
import { nextStepsFor } from './advice.ts'
import { collisionEvidence, otherError, plain, statistics, together } from './evidence.ts'
import { testName } from './names.ts'
import type { Finding } from './schema.ts'

/** What findings are made from, beside the suspect and its answer. */
export interface FindingContext {
  readonly driver: Driver
  readonly workers: number
  readonly wholeWallMs: number
  readonly serialRecord: TestRecord | undefined
}

/**
 * The findings for a suspect: one for each member, or a single one when a failed setup took all members
 * along.
 */
export function findingsOf(suspect: Suspect, answer: Answer, context: FindingContext): Finding[] {
  const members = suspect.kind === 'setup' ? suspect.members.slice(0, 1) : suspect.members
  return members.map((member) => findingOf(suspect, member, answer, context))
}

function findingOf(
  suspect: Suspect,
  member: TestRef,
  answer: Answer,
  context: FindingContext,
): Finding {
  const { belief, runnerUp } = answer
  const { verdict } = belief
  const whole = suspect.kind === 'setup'
  const count = (arm: ArmName): Counts =>
    whole ? suspect.total(arm) : suspect.countsOf(member.key, arm)
  const trigger = suspect.triggers.get(member.key)
  const sample = trigger?.sample
  const failures = suspect.seen.filter(({ sample: one }) => one.failed && one.key === member.key)
  const errors = [sample, ...failures.map((one) => one.sample)]
  const cause =
    suspect.insight?.cause ??
    firstKnown(errors.map((one) => causeOf(one?.error, one?.timedOut ?? false)))
  const collision = verdict === 'parallel-only' ? collisionOf(suspect, member) : undefined
  const slowdown = slowdownOf(suspect, member, context)
  const mechanism =
    verdict === 'parallel-only'
      ? (suspect.insight?.mechanism ?? mechanismOf(cause, collision, slowdown))
      : undefined
  const arms = {
    parallel: count('parallel'),
    alone: count('alone'),
    file: count('file'),
    serial: count('serial'),
    ...otherArms(count),
  }
  const { insight } = suspect
  const line = member.line ?? lineOf(suspect, member)
  const culprits = culpritsOf(suspect, member, collision)
  const met = collision === undefined ? [] : [collisionEvidence(collision)]
  const facts = {
    verdict,
    cause,
    mechanism,
    brittle: answer.hypothesis?.startsWith('brittle') === true,
    slowdown,
    port: collision?.port ?? portIn(sample?.error),
    culprit: culprits[0]?.key,
    solved: (insight?.nextSteps.length ?? 0) > 0,
  }
  return {
    test: {
      key: member.key,
      project: member.project,
      file: member.file,
      ...(line === undefined ? {} : { line }),
      titlePath: [...member.titlePath],
    },
    verdict,
    ...(mechanism === undefined ? {} : { mechanism }),
    cause,
    confidence: rounded(belief.confidence),
    ...(runnerUp === undefined
      ? {}
      : { runnerUp: { verdict: runnerUp.verdict, confidence: rounded(runnerUp.confidence) } }),
    arms,
    first: firstOf(suspect, member),
    evidence: [
      ...statistics(suspect, answer, arms, context.wholeWallMs),
      ...met,
      ...(slowdown === undefined || mechanism !== 'starvation'
        ? []
        : [
            plain(
              'timing',
              `everything took ${slowdown.toFixed(1)} times as long beside other tests`,
            ),
          ]),
      ...(insight?.evidence ?? []).filter(({ detail }) =>
        met.every((one) => one.detail !== detail),
      ),
      ...(suspect.disturbed.length === 0
        ? []
        : [
            plain(
              'load',
              `${suspect.disturbed.length} failures for want of time do not count: others kept the machine busy`,
            ),
          ]),
      ...together(suspect),
      ...otherError(suspect, member),
    ],
    culprits,
    impact: impactOf(verdict, mechanism),
    nextSteps: [...(insight?.nextSteps ?? []), ...nextStepsFor(facts)],
    reproduce: insight?.reproduce ?? reproduceOf(suspect, member, verdict, collision, context),
  }
}

const alwaysThere: readonly ArmName[] = ['parallel', 'alone', 'file', 'serial']

function otherArms(count: (arm: ArmName) => Counts): Partial<Finding['arms']> {
  const others = armNames.filter((arm) => !alwaysThere.includes(arm))
  const counted = others.map((arm) => [arm, count(arm)] as const)
  return Object.fromEntries(counted.filter(([, { runs }]) => runs > 0))
}

function firstKnown(found: readonly Cause[]): Cause {
  return found.find((cause) => cause !== 'unknown') ?? 'unknown'
}

function collisionOf(suspect: Suspect, member: TestRef): PortCollision | undefined {
  const trigger = suspect.triggers.get(member.key)
  const failures = suspect.seen.filter(
    ({ arm, sample }) => arm === 'parallel' && sample.failed && sample.key === member.key,
  )
  for (const { sample, record } of [...(trigger === undefined ? [] : [trigger]), ...failures]) {
    const collision = portCollision(sample, record)
    if (collision !== undefined) return collision
  }
  return undefined
}

function slowdownOf(
  suspect: Suspect,
  member: TestRef,
  { serialRecord }: FindingContext,
): number | undefined {
  const trigger = suspect.triggers.get(member.key)
  if (trigger === undefined || !trigger.sample.timedOut) return undefined
  const own = suspect.seen
    .filter(({ arm, sample }) => arm === 'alone' && !sample.failed && sample.key === member.key)
    .map(({ sample }) => sample.durationMs)
    .sort((a, b) => a - b)
  const alone = own[own.length >> 1]
  if (alone === undefined || trigger.sample.durationMs < 2 * alone) return undefined
  return serialRecord === undefined ? undefined : stretch(trigger.record, serialRecord)
}

function mechanismOf(
  cause: Cause,
  collision: PortCollision | undefined,
  slowdown: number | undefined,
): Mechanism {
  if (collision !== undefined) return 'collision'
  return cause === 'timeout' && slowdown !== undefined && slowdown >= 2 ? 'starvation' : 'race'
}

function lineOf(suspect: Suspect, member: TestRef): number | undefined {
  return suspect.seen.find(({ sample }) => sample.key === member.key && sample.attempt.line)?.sample
    .attempt.line
}

function firstOf(suspect: Suspect, member: TestRef): Finding['first'] {
  const sample = suspect.triggers.get(member.key)?.sample
  if (sample === undefined) return {}
  const { attempt, error } = sample
  const port = attempt.lane?.port ?? portIn(error)
  return {
    ...(attempt.slot === undefined ? {} : { slot: attempt.slot }),
    ...(attempt.worker === undefined ? {} : { worker: attempt.worker }),
    ...(port === undefined ? {} : { port }),
    startedAt: new Date(attempt.startMs).toISOString(),
    durationMs: sample.durationMs,
    ...(error === undefined ? {} : { error }),
  }
}

// A search has tried whom it names; otherwise the runs that happened to be say who was there.
function culpritsOf(
  suspect: Suspect,
  member: TestRef,
  collision: PortCollision | undefined,
): Finding['culprits'] {
  const found = suspect.insight?.culprits ?? []
  if (found.length > 0 || collision === undefined) return found
  return [culpritOf(suspect, member, collision)]
}

function culpritOf(
  suspect: Suspect,
  member: TestRef,
  { other }: PortCollision,
): Finding['culprits'][number] {
  const tally = { with: { runs: 0, failures: 0 }, without: { runs: 0, failures: 0 } }
  for (const { arm, sample, record } of suspect.seen) {
    if (sample.key !== member.key) continue
    const beside =
      arm === 'parallel' &&
      record.attempts.some(
        (one) =>
          one.file === other.file &&
          one.worker !== sample.attempt.worker &&
          overlaps(one, sample.attempt, record),
      )
    const counts = beside ? tally.with : tally.without
    counts.runs += 1
    if (sample.failed) counts.failures += 1
  }
  return { role: 'co-runner', key: other.key, ...tally }
}

function impactOf(
  verdict: Finding['verdict'],
  mechanism: Mechanism | undefined,
): Finding['impact'] {
  if (verdict === 'consistent' || verdict === 'setup' || verdict === 'infrastructure') return 'high'
  if (verdict === 'parallel-only') return mechanism === 'collision' ? 'high' : 'medium'
  return verdict === 'not-reproduced' ? 'low' : 'medium'
}

function reproduceOf(
  suspect: Suspect,
  member: TestRef,
  verdict: Finding['verdict'],
  collision: PortCollision | undefined,
  { driver, workers }: FindingContext,
): string {
  if (collision !== undefined) {
    return driver.reproduceTogether(
      [collision.victim.file, collision.other.file],
      Math.max(2, workers),
    )
  }
  if (verdict === 'consistent' || verdict === 'setup') return driver.reproduceAlone(member, 1)
  if (verdict === 'intermittent') {
    const { failures } = suspect.total('alone')
    if (failures > 0) return driver.reproduceAlone(member, 10)
  }
  if (verdict === 'not-reproduced')
    return `npx isolane flake --runs 10 -- ${driver.reproduceWhole()}`
  return driver.reproduceWhole()
}

function rounded(confidence: number): number {
  return Math.min(0.99, Math.round(confidence * 1000) / 1000)
}

/** Name of a finding's test for people. */
export function findingName({ test }: Pick<Finding, 'test'>): string {
  return test.file === '' ? 'the run' : testName(test)
}
