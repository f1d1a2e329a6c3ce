import { countsOf } from '../verdict/posterior.ts'
import { pool } from '../verdict/statistics.ts'
import type { Counts } from '../verdict/statistics.ts'
import { axes } from './axes.ts'
import type { Axis } from './axes.ts'
import { slowMs } from '../experiment/budget.ts'
import { noInsight } from './insight.ts'
import type { Insight } from './insight.ts'
import type { Laboratory } from './laboratory.ts'
import { sourcesOf } from './sources.ts'

const level = 0.05
/** Runs with one thing held still: so many in one way and in another seldom give one result each by chance. */
const repeats = 3
const mostRepeats = 12

/**
 * What an intermittent test depends on: the thing that, held still, makes it give one result every time,
 * and held still in another way the other result. Only what its sources can depend on is tried, what they
 * name first.
 */
export async function searchAxis(laboratory: Laboratory): Promise<Insight[]> {
  const { suspect, member, options } = laboratory
  const free = countsOf(suspect.counts, 'alone')
  if (free.failures === 0 || free.failures === free.runs) return []
  const request = { tests: [member], workers: 1, times: repeats }
  const isSlow = suspect.durationMs >= slowMs
  if (isSlow && !laboratory.hasTimeForExtra(request)) return []
  const cwd = suspect.trigger?.record.header.cwd ?? ''
  const { held, network } = axes(member.file, sourcesOf(cwd, member.file), suspect.trigger?.sample)
  for (const axis of held) {
    const seen = await hold(laboratory, axis, free)
    if (seen === undefined) continue
    return [
      {
        ...noInsight,
        ...(axis.cause === undefined ? {} : { cause: axis.cause }),
        evidence: [
          {
            kind: 'axis',
            detail: `it depends on ${axis.name}: ${seen
              .map(({ name, counts }) => `${name} ${counts.failures} of ${counts.runs} failed`)
              .join(', ')}`,
            tests: [],
            slots: [],
          },
        ],
        nextSteps: [axis.step],
      },
    ]
  }
  // Where each run is a start of its own, so many are too dear.
  const isWorth = network && laboratory.canRepeat([member])
  return isWorth && (await options.lab.canIsolate()) ? await withoutNetwork(laboratory, free) : []
}

// One mixed result refutes it, so that the wrong axis costs one run.
async function hold(
  laboratory: Laboratory,
  { name, settings }: Axis,
  free: Counts,
): Promise<{ name: string; counts: Counts }[] | undefined> {
  const seen: { name: string; counts: Counts }[] = []
  const rate = free.failures / free.runs
  let chance = 1
  for (const setting of settings) {
    const counts = await uniform(laboratory, `hold ${name}`, setting.env)
    if (counts === undefined) return undefined
    const { runs, failures } = counts
    seen.push({ name: setting.name, counts })
    chance *= failures > 0 ? rate ** runs : (1 - rate) ** runs
    const kinds = new Set(seen.map((one) => one.counts.failures > 0))
    if (kinds.size > 1 && chance < level) return seen
  }
  return undefined
}

// The counts when all results are the same; where each run is a start of its own, the first other one ends it.
async function uniform(
  laboratory: Laboratory,
  what: string,
  env: Readonly<Record<string, string>>,
): Promise<Counts | undefined> {
  const tests = [laboratory.member]
  const atOnce = laboratory.canRepeat(tests)
  const request = { tests, workers: 1, times: atOnce ? repeats : 1 }
  let counts: Counts = { runs: 0, failures: 0 }
  while (counts.runs < (atOnce ? 2 : repeats)) {
    const result = await laboratory.probe(what, request, { env })
    if (result === undefined) return undefined
    counts = pool(counts, result)
    if (counts.failures > 0 && counts.failures < counts.runs) return undefined
  }
  return counts
}

async function withoutNetwork(laboratory: Laboratory, free: Counts): Promise<Insight[]> {
  const rate = free.failures / free.runs
  const times = Math.ceil(Math.log(level) / Math.log(Math.max(rate, 1 - rate)))
  const request = { tests: [laboratory.member], workers: 1, times: Math.min(mostRepeats, times) }
  const isolate = { network: true, files: false }
  const result = await laboratory.probe('without the network', request, { isolate })
  if (result === undefined) return []
  const { runs, failures } = result
  const always = failures === runs && rate ** runs < level
  const never = failures === 0 && (1 - rate) ** runs < level
  if (!always && !never) return []
  return [
    {
      ...noInsight,
      cause: 'network',
      evidence: [
        {
          kind: 'axis',
          detail: `it depends on the network: cut off from it, ${failures} of ${runs} failed`,
          tests: [],
          slots: [],
        },
      ],
      nextSteps: ['Answer what the test asks of the network in the test itself.'],
    },
  ]
}
