import { fileURLToPath } from 'node:url'
import { countsOf } from '../verdict/posterior.ts'
import { fisher, pool } from '../verdict/statistics.ts'
import type { Counts } from '../verdict/statistics.ts'
import type { Cause } from '../verdict/verdict.ts'
import { noInsight } from './insight.ts'
import type { Insight } from './insight.ts'
import type { Laboratory } from './laboratory.ts'

const preload = fileURLToPath(new URL('../runners/axis.cjs', import.meta.url))
const level = 0.05
const repeats = 3

/** Something that changes from run to run, held still in one way or another. */
interface Axis {
  readonly name: string
  readonly cause?: Cause
  readonly settings: readonly { readonly name: string; readonly env: Record<string, string> }[]
  readonly step: string
}

/**
 * What an intermittent test depends on: the thing that, held still, makes it give one result every time,
 * and held still in another way the other result.
 */
export async function searchAxis(laboratory: Laboratory): Promise<Insight[]> {
  const free = countsOf(laboratory.suspect.counts, 'alone')
  if (free.failures === 0 || free.failures === free.runs) return []
  for (const axis of axes()) {
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
  return await withoutNetwork(laboratory, free)
}

function axes(): Axis[] {
  const held = (setting: object): Record<string, string> => ({
    ISOLANE_HOLD: JSON.stringify(setting),
    NODE_OPTIONS:
      `${process.env['NODE_OPTIONS'] ?? ''} --require ${JSON.stringify(preload)}`.trim(),
  })
  // Instants that differ in every part, down to the millisecond.
  const now = Date.now()
  const instants = [0, 1, 2_718, 7_321_657, 26_111_333, 45_678_910].map((ms) => now + ms)
  return [
    {
      name: 'Math.random()',
      step: 'Give the test a seed for what is random in it, or accept every value that can come.',
      settings: [1, 2, 3, 4, 5, 6].map((seed) => ({ name: `seed ${seed}`, env: held({ seed }) })),
    },
    {
      name: 'the clock',
      cause: 'time',
      step: 'Give the test a clock of its own: vi.setSystemTime, jest.setSystemTime, page.clock.',
      settings: instants.map((clockMs) => ({
        name: new Date(clockMs).toISOString().slice(11, 23),
        env: held({ clockMs }),
      })),
    },
  ]
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
    const request = { tests: [laboratory.member], workers: 1, times: repeats }
    const result = await laboratory.probe(`hold ${name}`, request, { env: setting.env })
    if (result === undefined || result.runs < 2) return undefined
    const { runs, failures } = result
    if (failures > 0 && failures < runs) return undefined
    seen.push({ name: setting.name, counts: { runs, failures } })
    chance *= rate ** runs + (1 - rate) ** runs
    const kinds = new Set(seen.map(({ counts }) => counts.failures > 0))
    if (kinds.size > 1 && chance < level) return seen
  }
  return undefined
}

async function withoutNetwork(laboratory: Laboratory, free: Counts): Promise<Insight[]> {
  if (!(await laboratory.options.lab.canIsolate())) return []
  const request = { tests: [laboratory.member], workers: 1, times: 2 * repeats }
  const isolate = { network: true, files: false }
  const result = await laboratory.probe('without the network', request, { isolate })
  if (result === undefined) return []
  const always = fisher(pool(result), free) < level
  const never = result.failures === 0 && fisher(free, pool(result)) < level
  if (!always && !never) return []
  const { runs, failures } = result
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
