import { before, fileRef, fileRuns, testsOfFile } from '../experiment/neighbours.ts'
import type { Seen } from '../experiment/suspect.ts'
import type { TestRef } from '../runners/driver.ts'
import type { Counts } from '../verdict/statistics.ts'
import { noInsight } from './insight.ts'
import type { Insight } from './insight.ts'
import type { Laboratory } from './laboratory.ts'
import { minimise } from './minimise.ts'
import { OrderProbes } from './order-probes.ts'
import { repeatsFor, shrunkRate } from './repeats.ts'

type Culprit = Insight['culprits'][number]

/** Rounds of a search for all polluters. */
const mostRounds = 4
/** Most repetitions of a probe: below a rate of about 0.3 nothing is found in reasonable time. */
const mostRepeats = 13
/** Clean runs after which no polluter is left. */
const cleanRuns = 3

/**
 * Who makes an order-dependent test fail (polluters of a victim) or pass (state-setters of a brittle
 * test): first among the tests of its own file or the files before it, then, inside a file, the test.
 */
export async function searchOrder(laboratory: Laboratory): Promise<Insight> {
  const { suspect, answer } = laboratory
  const brittle = answer.hypothesis === 'brittle' || answer.hypothesis === 'brittle-outside'
  const outside = answer.hypothesis?.endsWith('-outside') === true
  const rate = brittle ? 1 : shrunkRate(oracle(laboratory, outside))
  // What is found is confirmed in the end, so a probe may err now and then.
  const times = Math.min(mostRepeats, repeatsFor(rate, 0.05))
  const candidates = outside ? filesBefore(laboratory, brittle) : matesBefore(laboratory, brittle)
  const role = brittle ? 'state-setter' : 'polluter'
  const found: { refs: readonly TestRef[]; seen: Counts }[] = []
  let left = candidates
  let complete = true
  const rounds = laboratory.options.allPolluters ? mostRounds : 1
  for (let round = 0; round < rounds && left.length > 0; round += 1) {
    const search = new OrderProbes(laboratory, brittle, times)
    if (round > 0) {
      const remains = await search.shows(left, Math.max(cleanRuns, times))
      if (remains === undefined) complete = false
      if (remains !== true) break
    }
    const smallest = await minimise(left, (subset) => search.shows(subset), search.batch)
    complete &&= smallest.complete
    if (!smallest.complete && smallest.items.length > 3) break
    const refs = outside ? await inside(search, smallest.items) : smallest.items
    search.count(smallest.items, outside ? 'prefix' : brittle ? 'reordered' : 'file')
    found.push({ refs, seen: search.seenWith(refs) ?? search.seenWith(smallest.items) ?? zero })
    left = left.filter((one) => !smallest.items.includes(one))
  }
  const without = suspect.total('alone')
  const culprits: Culprit[] = found.flatMap(({ refs, seen }) =>
    refs.map(({ key }) => ({ role, key, with: seen, without })),
  )
  const [first] = found
  if (first === undefined) return { ...noInsight, complete }
  return { ...(await described(laboratory, first.refs, brittle, times)), culprits, complete }
}

const zero: Counts = { runs: 0, failures: 0 }

// From the file to its test. What only the whole file does, its imports or hooks, stays with the file.
async function inside(search: OrderProbes, files: readonly TestRef[]): Promise<readonly TestRef[]> {
  const [file, ...others] = files
  if (file === undefined || others.length > 0) return files
  const tests = search.testsOf(file)
  const [only] = tests
  if (tests.length === 1 && only !== undefined) return [only]
  const whole = await search.shows(tests)
  if (whole !== true) return files
  const smallest = await minimise(tests, (subset) => search.shows(subset), search.batch)
  return smallest.complete && smallest.items.length <= 3 ? smallest.items : files
}

// How often the failure came in the arms that are repeated here.
function oracle({ suspect }: Laboratory, outside: boolean): Counts {
  const arms = outside ? (['serial', 'prefix'] as const) : (['file'] as const)
  const counts = arms.map((arm) => suspect.total(arm))
  return {
    runs: counts.reduce((sum, { runs }) => sum + runs, 0),
    failures: counts.reduce((sum, { failures }) => sum + failures, 0),
  }
}

function failing({ suspect, member }: Laboratory, arms: readonly Seen['arm'][]): Seen | undefined {
  return suspect.seen.findLast(
    ({ arm, sample }) => arms.includes(arm) && sample.failed && sample.key === member.key,
  )
}

function matesBefore(laboratory: Laboratory, brittle: boolean): TestRef[] {
  const { member, suspect } = laboratory
  const record = failing(laboratory, ['file'])?.record ?? suspect.trigger?.record
  if (record === undefined) return []
  const mates = testsOfFile(record, member)
  const place = mates.findIndex(({ key }) => key === member.key)
  return brittle
    ? mates.filter(({ key }) => key !== member.key)
    : mates.slice(0, Math.max(0, place))
}

function filesBefore(laboratory: Laboratory, brittle: boolean): TestRef[] {
  const { member, suspect } = laboratory
  const trigger = suspect.trigger
  if (trigger === undefined) return []
  if (brittle) {
    const others = fileRuns(trigger.record).filter(
      ({ file, project }) => file !== member.file || project !== member.project,
    )
    return unique(others.map(fileRef))
  }
  const seen = failing(laboratory, ['serial', 'prefix'])
  const { record, sample } = seen ?? trigger
  return unique(before(record, sample.attempt).map(fileRef))
}

async function described(
  laboratory: Laboratory,
  refs: readonly TestRef[],
  brittle: boolean,
  times: number,
): Promise<Insight> {
  const { member, options } = laboratory
  const { driver } = options
  const names = refs.map(({ key }) => key).join(' and ')
  if (brittle) {
    return {
      ...noInsight,
      evidence: [
        {
          kind: 'order',
          detail: `brittle: it passes only after ${names}`,
          tests: keys(refs),
          slots: [],
        },
      ],
      nextSteps: [
        `Do in its own setup what ${names} does for it: alone it has nothing to stand on.`,
      ],
      reproduce: driver.reproduceAlone(member, 1),
    }
  }
  const cleaner = await searchCleaner(laboratory, refs, times)
  const help = cleaner === undefined ? '' : ` ${cleaner.key} puts it right: do the same there.`
  return {
    ...noInsight,
    evidence: [
      {
        kind: 'order',
        detail: `victim: it fails only after ${names}`,
        tests: keys(refs),
        slots: [],
      },
      ...(cleaner === undefined
        ? []
        : [
            {
              kind: 'cleaner',
              detail: `it passes again when ${cleaner.key} runs in between`,
              tests: [cleaner.key],
              slots: [],
            },
          ]),
    ],
    nextSteps: [`Undo in an afterEach of ${names} what it leaves behind.${help}`],
    reproduce: driver.reproduceInOrder([...refs, member]),
  }
}

// All that could clean up at once first: mostly nothing does, and one probe says so.
async function searchCleaner(
  laboratory: Laboratory,
  polluters: readonly TestRef[],
  times: number,
): Promise<TestRef | undefined> {
  const { member, suspect, options } = laboratory
  const record = suspect.trigger?.record
  const [polluter] = polluters
  if (record === undefined || !options.driver.abilities.reorders || polluter === undefined) {
    return undefined
  }
  if (polluter.file !== member.file) return undefined
  const skip = new Set([member.key, ...keys(polluters)])
  const others = testsOfFile(record, member).filter(({ key }) => !skip.has(key))
  const cleans = async (between: readonly TestRef[]): Promise<boolean | undefined> => {
    const tests = [...polluters, ...between, member]
    const result = await laboratory.probe('cleaner', { tests, workers: 1, times })
    return result === undefined ? undefined : result.failures === 0
  }
  const request = { tests: [...polluters, ...others, member], workers: 1, times }
  if (others.length === 0 || !laboratory.hasTimeForExtra(request)) return undefined
  if ((await cleans(others)) !== true) return undefined
  const { items, complete } = await minimise(others, cleans)
  return complete && items.length === 1 ? items[0] : undefined
}

function keys(refs: readonly TestRef[]): string[] {
  return refs.map(({ key }) => key)
}

function unique(refs: readonly TestRef[]): TestRef[] {
  return [...new Map(refs.map((ref) => [JSON.stringify([ref.project, ref.file]), ref])).values()]
}
