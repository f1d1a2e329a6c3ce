import type { TestRecord } from '@isolane/record'
import { fileRuns, testsOfFile } from '../experiment/neighbours.ts'
import { causeOf } from './cause.ts'
import { portCollision } from './mechanism.ts'
import type { Sample } from './outcomes.ts'
import type { Hints } from './posterior.ts'

/**
 * What the first failure makes more likely by its own words, and what cannot be: a port that somebody
 * else held at the same time is seldom taken alone, nobody waits too long on an idle machine, and who has
 * no neighbours has nothing from them.
 */
export function hintsOf(
  trigger: { readonly sample: Sample; readonly record: TestRecord } | undefined,
): Hints {
  if (trigger === undefined) return {}
  const { sample, record } = trigger
  const { project, file } = sample.attempt
  const mates = testsOfFile(record, { project, file }).length
  const files = new Set(fileRuns(record).map((run) => run.project + run.file)).size
  return {
    ...(mates < 2 ? { victim: 0, brittle: 0 } : {}),
    ...(files < 2 ? withoutFiles : {}),
    'parallel-only':
      (record.header.workers ?? 2) < 2 ? (files < 2 ? 0 : 1) : besides(sample, record),
  }
}

const withoutFiles: Hints = {
  'victim-outside': 0,
  'brittle-outside': 0,
  'serial-only': 0,
  'serial-always': 0,
}

function besides(sample: Sample, record: TestRecord): number {
  if (portCollision(sample, record) !== undefined) return 10
  const cause = causeOf(sample.error, sample.timedOut)
  if (cause === 'port' || cause === 'database') return 4
  return cause === 'timeout' || cause === 'file' ? 2 : 1
}
