import { basename } from 'node:path'
import type { TestRecord } from '@isolane/record'
import { beside, besideInFile } from '../experiment/neighbours.ts'
import type { FileRun } from '../experiment/neighbours.ts'
import { causeOf, portIn } from '../verdict/cause.ts'
import type { Sample } from '../verdict/outcomes.ts'
import type { Laboratory } from './laboratory.ts'
import { sharedThings } from './shared-things.ts'
import type { SharedThing } from './shared-things.ts'

/** A file that ran beside failures, and why it is suspected. */
export interface Candidate {
  readonly run: FileRun
  readonly record: TestRecord
  readonly score: number
  readonly shared: readonly SharedThing[]
  /** True when it uses the very thing that the error speaks of. */
  readonly isNamed: boolean
}

/** What ran beside the failures of a test, the likeliest to have to do with them first. */
export function candidatesOf({ suspect, member }: Laboratory): Candidate[] {
  const trigger = suspect.trigger
  const parallel = suspect.seen.filter(
    ({ arm, sample }) => arm === 'parallel' && sample.key === member.key,
  )
  const all = [...(trigger === undefined ? [] : [trigger]), ...parallel]
  // Runs that noted what tests touch say more than the first, which does not.
  const failing = all
    .filter(({ sample }) => sample.failed)
    .toSorted((a, b) => Number(notes(b.record)) - Number(notes(a.record)))
  const passing = all.filter(({ sample }) => !sample.failed)
  const present = (of: readonly { sample: Sample; record: TestRecord }[], name: string): number =>
    of.filter(({ sample, record }) =>
      beside(record, sample.attempt).some((run) => nameOf(run) === name),
    ).length
  const odds = (k: number, n: number): number => Math.log((k + 0.5) / (n - k + 0.5))
  const found = new Map<string, Candidate>()
  for (const { sample, record } of failing) {
    const inFile = besideInFile(record, sample.attempt)
    for (const [place, run] of [...inFile, ...beside(record, sample.attempt)].entries()) {
      const name = nameOf(run)
      if (found.has(name)) continue
      const shared = sharedThings(record, sample.attempt, run)
      const isNamed = shared.some((thing) => speaksOf(sample, thing))
      const score =
        odds(present(failing, name), failing.length) -
        odds(present(passing, name), passing.length) +
        (shared.length > 0 ? 2 : 0) +
        (shared.some(({ how }) => how === 'touched') ? 2 : 0) +
        (isNamed ? 4 : 0) +
        // Its file runs with whatever is tried, so that comes first.
        (inFile.includes(run) ? 20 : 0) -
        place * 0.1
      found.set(name, { run, record, score, isNamed, shared: relevant(shared, sample) })
    }
  }
  return [...found.values()].sort((a, b) => b.score - a.score)
}

function notes({ touches }: TestRecord): boolean {
  return touches.length > 0
}

// A locked database names itself seldom; that both were seen to open it says enough.
function speaksOf({ error, timedOut }: Sample, { what, name, how }: SharedThing): boolean {
  if (what === 'port') return Number(name) === portIn(error)
  if (how !== 'touched') return false
  return what === 'file'
    ? error?.message.includes(basename(name)) === true
    : causeOf(error, timedOut) === 'database'
}

/** What of the shared things fits an error: when it speaks of a port, files that both name are beside the point. */
export function relevant(
  shared: readonly SharedThing[],
  { error, timedOut }: Sample,
): SharedThing[] {
  const cause = causeOf(error, timedOut)
  const fitting = shared.filter(({ what }) => what === cause)
  return fitting.length > 0 ? fitting : cause === 'port' ? [] : [...shared]
}

function nameOf({ project, file }: FileRun): string {
  return JSON.stringify([project, file])
}
