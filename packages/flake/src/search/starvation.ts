import { causeOf } from '../verdict/cause.ts'
import { quiet } from '../verdict/decide.ts'
import type { Sample } from '../verdict/outcomes.ts'
import { fisher, sprt } from '../verdict/statistics.ts'
import { noInsight } from './insight.ts'
import type { Insight } from './insight.ts'
import type { Laboratory } from './laboratory.ts'

const repeats = 3
/** From here on a test is starved and not merely unlucky. */
const clearStretch = 1.8

/**
 * Whether a test fails for want of time only: alone, beside processes that do nothing but keep the cores
 * busy. With what it would need then.
 */
export async function searchStarvation(laboratory: Laboratory): Promise<Insight | undefined> {
  const { suspect, member, options } = laboratory
  const trigger = suspect.trigger?.sample
  if (trigger === undefined || causeOf(trigger.error, trigger.timedOut) !== 'timeout') {
    return undefined
  }
  const alone = passingDurations(suspect.seen.filter(({ arm }) => arm === 'alone').map(sampleOf))
  const own = alone[alone.length >> 1]
  if (own === undefined) return undefined
  // Workers start, transform and wait for each other too, so one busy process is less than one of them.
  let stressed = suspect.seen.filter(({ arm }) => arm === 'stressed').map(sampleOf)
  let longest = Math.max(trigger.durationMs, ...stressed.map(({ durationMs }) => durationMs))
  for (const busy of stressed.length === 0 ? [2, 4] : [4]) {
    if (failuresIn(stressed) >= 2) break
    const request = { tests: [member], workers: 1, times: repeats }
    const load = { busy: busy * options.workers }
    const result = await laboratory.probe(`beside ${load.busy} busy processes`, request, load)
    if (result === undefined) break
    // Each load is judged by itself: what passes under less says nothing of what more does.
    stressed = result.failures > 0 ? [...result.samples] : [...stressed, ...result.samples]
    longest = Math.max(longest, ...result.samples.map(({ durationMs }) => durationMs))
  }
  const failures = failuresIn(stressed)
  const stretch = longest / own
  const counts = { runs: stressed.length, failures }
  const without = quiet(suspect.counts)
  const proven =
    fisher(counts, without) < 0.05 || (sprt(counts) === 'fails' && without.failures === 0)
  if (!proven && (stretch < clearStretch || own < 20)) return undefined
  if (!proven && !everybodyWaited(laboratory)) return undefined
  const timeoutMs = roundUp(1.5 * Math.max(longest, stretch * own))
  const vanishes = await workersWithoutFailure(laboratory)
  const fewer =
    vanishes === undefined
      ? ''
      : `, or run with ${vanishes} ${vanishes === 1 ? 'worker' : 'workers'}`
  return {
    ...noInsight,
    mechanism: 'starvation',
    cause: 'timeout',
    evidence: [
      {
        kind: 'stretch',
        detail: `it takes ${Math.round(own)} ms alone and at least ${stretch.toFixed(1)} times as long under load; ${failures} of ${stressed.length} failed beside processes that only keep the cores busy`,
        tests: [member.key],
        slots: [],
      },
      ...(vanishes === undefined
        ? []
        : [
            {
              kind: 'workers',
              detail: `it passes with ${vanishes} of ${options.workers} workers`,
              tests: [member.key],
              slots: [],
            },
          ]),
    ],
    nextSteps: [`Give the test ${timeoutMs} ms${fewer}.`],
  }
}

function sampleOf({ sample }: { readonly sample: Sample }): Sample {
  return sample
}

function failuresIn(samples: readonly Sample[]): number {
  return samples.filter(({ failed }) => failed).length
}

function passingDurations(samples: readonly Sample[]): number[] {
  return samples
    .filter(({ failed }) => !failed)
    .map(({ durationMs }) => durationMs)
    .sort((a, b) => a - b)
}

// Without a failure under load, the other tests of the run must have been slow too.
function everybodyWaited({ suspect, options }: Laboratory): boolean {
  const record = suspect.trigger?.record
  if (record === undefined || options.serialRecord === undefined) return false
  const quick = new Map(
    options.serialRecord.attempts.map((one) => [one.key, one.endMs - one.startMs]),
  )
  const ratios = record.attempts
    .flatMap(({ key, startMs, endMs }) => {
      const other = quick.get(key)
      return other === undefined || other < 5 ? [] : [(endMs - startMs) / other]
    })
    .sort((a, b) => a - b)
  return ratios.length >= 3 && (ratios[ratios.length >> 1] ?? 0) >= clearStretch
}

// Half as many workers, again and again, until the failure is gone. One worker is the serial arm.
async function workersWithoutFailure(laboratory: Laboratory): Promise<number | undefined> {
  const { suspect, options } = laboratory
  for (let workers = options.workers >> 1; workers > 1; workers >>= 1) {
    if (!laboratory.hasTimeForExtra({ workers })) break
    const result = await laboratory.probe(`${workers} workers`, { workers })
    if (result === undefined) break
    if (result.failures === 0) return workers
  }
  const { runs, failures } = suspect.total('serial')
  return runs > 0 && failures === 0 ? 1 : undefined
}

function roundUp(ms: number): number {
  const step = ms < 2000 ? 100 : ms < 10_000 ? 500 : 1000
  return Math.ceil(ms / step) * step
}
