import { knowsWorkers } from '../experiment/neighbours.ts'
import type { ArmName, SelectedRequest, WholeRequest } from '../runners/driver.ts'
import { causeOf } from '../verdict/cause.ts'
import { loud } from '../verdict/decide.ts'
import { fisher } from '../verdict/statistics.ts'
import type { Counts } from '../verdict/statistics.ts'
import type { Cause } from '../verdict/verdict.ts'
import type { CoRunner } from './co-runner.ts'
import { noInsight } from './insight.ts'
import type { Insight } from './insight.ts'
import type { Laboratory } from './laboratory.ts'
import { repeatsFor, shrunkRate } from './repeats.ts'

const mostRepeats = 8
const level = 0.05

const parts = {
  isolated: { network: true, files: true },
  'network-isolated': { network: true, files: false },
  'files-isolated': { network: false, files: true },
} as const satisfies Partial<Record<ArmName, { network: boolean; files: boolean }>>

/**
 * What makes a parallel failure vanish: every worker with a network of its own, files of its own, or
 * both. That is its cause, and the sandbox makes the suite safe as it is.
 */
export async function intervene(
  laboratory: Laboratory,
  coRunner: CoRunner | undefined,
): Promise<Insight | undefined> {
  const { suspect, options } = laboratory
  const record = suspect.trigger?.record
  // A runner that names no workers of its own has none that a sandbox could be put around.
  if (record === undefined || !knowsWorkers(record)) return undefined
  const seen = coRunner?.seen ?? loud(suspect.counts)
  if (seen.failures === 0 || !(await options.lab.canIsolate())) return undefined
  const times = Math.min(mostRepeats, repeatsFor(shrunkRate(seen), 0.99 * level))
  const request = coRunner === undefined ? {} : { ...coRunner.pair, times }
  if (!laboratory.hasTimeForExtra(request)) return undefined
  const sample = suspect.trigger?.sample
  const said = causeOf(sample?.error, sample?.timedOut)
  const named = coRunner?.insight.cause ?? said
  const inFiles = named === 'file' || named === 'database'
  const single: (keyof typeof parts)[] = inFiles
    ? ['files-isolated', 'network-isolated']
    : ['network-isolated', 'files-isolated']
  const trySingle = async (arm: keyof typeof parts): Promise<Insight | undefined> => {
    const counts = await tryPart(laboratory, arm, request, times)
    if (counts === undefined || !vanished(counts, seen)) return undefined
    const cause: Cause =
      arm === 'network-isolated' ? 'port' : named === 'database' ? 'database' : 'file'
    const what = arm === 'network-isolated' ? 'a network of its own' : 'files of its own'
    return safe(counts, `every worker has ${what}`, cause)
  }
  // Who is suspected already is asked first; mostly that is all there is to ask.
  const suspected = inFiles || named === 'port' ? single.splice(0, 1) : []
  for (const arm of suspected) {
    const found = await trySingle(arm)
    if (found !== undefined) return found
  }
  const both = await tryPart(laboratory, 'isolated', request, times)
  if (both === undefined) return undefined
  if (!vanished(both, seen)) return outside(both)
  for (const arm of single) {
    const found = await trySingle(arm)
    if (found !== undefined) return found
  }
  return safe(both, 'every worker has its own network and files', undefined)
}

async function tryPart(
  laboratory: Laboratory,
  arm: keyof typeof parts,
  request: SelectedRequest | WholeRequest,
  times: number,
): Promise<Counts | undefined> {
  const { suspect } = laboratory
  const before = suspect.total(arm)
  for (let run = 0; run < (request.tests === undefined ? times : 1); run += 1) {
    const result = await laboratory.probe(arm, request, { arm, isolate: parts[arm] })
    if (result === undefined) break
  }
  const { runs, failures } = suspect.total(arm)
  const counts = { runs: runs - before.runs, failures: failures - before.failures }
  return counts.runs === 0 ? undefined : counts
}

function vanished(isolated: Counts, seen: Counts): boolean {
  if (isolated.failures > 0) return false
  const chance = (1 - shrunkRate(seen)) ** isolated.runs
  return chance < level || fisher(seen, isolated) < level
}

function safe({ runs, failures }: Counts, how: string, cause: Cause | undefined): Insight {
  return {
    ...noInsight,
    mechanism: 'collision',
    ...(cause === undefined ? {} : { cause }),
    evidence: [
      {
        kind: 'intervention',
        detail: `it fails ${failures} of ${runs} times when ${how}`,
        tests: [],
        slots: [],
      },
    ],
    nextSteps: [
      'The sandbox makes the suite safe as it is: put "npx isolane run --" before the command.',
    ],
  }
}

function outside({ runs, failures }: Counts): Insight {
  return {
    ...noInsight,
    evidence: [
      {
        kind: 'intervention',
        detail: `it fails ${failures} of ${runs} times even when every worker has its own network and files`,
        tests: [],
        slots: [],
      },
    ],
  }
}
