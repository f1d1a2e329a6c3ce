import type { TestRecord } from '@isolane/record'
import { fileRuns, testsOfFile } from '../experiment/neighbours.ts'
import { causeOf } from './cause.ts'
import { portCollision } from './mechanism.ts'
import type { Sample } from './outcomes.ts'
import type { Hints } from './posterior.ts'

/**
 * What the first failure makes more likely by its own words, and what cannot be: a port that somebody
 * else held at the same time is seldom taken alone, nobody waits too long on an idle machine, who has
 * no neighbours has nothing from them, and what failed beside others is not hidden by them.
 */
export function hintsOf(
  trigger: { readonly sample: Sample; readonly record: TestRecord } | undefined,
): Hints {
  if (trigger === undefined) return {}
  const { sample, record } = trigger
  const { project, file } = sample.attempt
  const mates = testsOfFile(record, { project, file })
  const isFirst = mates[0]?.key === sample.key
  const runs = fileRuns(record)
  const files = new Set(runs.map((run) => run.project + run.file)).size
  const shared = new Set(runs.map(({ worker }) => worker)).size < runs.length
  const wasSerial = isSerial(record)
  return {
    ...(isFirst ? { victim: 0 } : mates.length > 1 ? { victim: 2 } : {}),
    ...(mates.length < 2 ? { brittle: 0 } : {}),
    ...(wasSerial ? {} : { 'serial-only': seldom, 'serial-always': seldom }),
    ...(shared ? { 'victim-outside': 3 } : {}),
    ...(files < 2 ? withoutFiles : {}),
    ...(wasSerial ? { 'parallel-only': seldom, starved: seldom } : besides(sample, record)),
    ...(wasSerial && files < 2 ? { 'parallel-only': 0, starved: 0 } : {}),
  }
}

/** Whether a record is of a run of one test after another. */
export function isSerial({ header }: TestRecord): boolean {
  return (header.workers ?? 2) < 2
}

/** What the first failure speaks against, though chance may have had a hand in it. */
const seldom = 0.05

const withoutFiles: Hints = {
  'victim-outside': 0,
  'brittle-outside': 0,
  'serial-only': 0,
  'serial-always': 0,
}

function besides(sample: Sample, record: TestRecord): Hints {
  if (portCollision(sample, record) !== undefined) return { 'parallel-only': 10 }
  const cause = causeOf(sample.error, sample.timedOut)
  if (cause === 'timeout') return { 'parallel-only': 2, starved: 4 }
  if (cause === 'port' || cause === 'database') return { 'parallel-only': 4 }
  return cause === 'file' ? { 'parallel-only': 2 } : {}
}
