import { describe, expect, test } from 'vitest'
import type { ArmName } from '../runners/driver.ts'
import { contrast, judge, nextStep } from './decide.ts'
import type { Observations } from './decide.ts'
import { hypotheses } from './hypotheses.ts'
import { posterior, separation } from './posterior.ts'
import type { ArmCounts } from './posterior.ts'

const of = (failures: number, runs: number): { failures: number; runs: number } => ({
  failures,
  runs,
})
const prices = new Map<ArmName, number>([
  ['alone', 1000],
  ['file', 1200],
  ['reordered', 1200],
  ['parallel', 4000],
  ['serial', 8000],
])

const noMates = { victim: 0, brittle: 0 }

function step(counts: ArmCounts, more: Partial<Observations> = {}): string {
  const seen = {
    counts,
    sameError: true,
    prices,
    firstWasSerial: false,
    seenSerially: false,
    repeats: true,
    findings: 1,
    ...more,
  }
  const next = nextStep(seen, contrast(counts))
  if (next.need !== undefined) return next.need
  return next.decided ? next.belief.verdict : `perhaps ${next.belief.verdict}`
}

describe('stopping rule', () => {
  test('a test is run alone first', () => {
    expect(step({})).toBe('alone')
  })

  test('three failures alone with one error, and one after the others of the file, are consistent', () => {
    expect(step({ alone: of(2, 2) })).toBe('alone')
    expect(step({ alone: of(3, 3) })).toBe('reordered')
    expect(step({ alone: of(3, 3), reordered: of(1, 1) })).toBe('consistent')
    const onlyAlone = { prices: new Map([['alone', 300]] as const) }
    expect(step({ alone: of(3, 3) }, onlyAlone)).toBe('consistent')
    const each = { ...onlyAlone, repeats: false }
    expect(step({ alone: of(4, 4) }, each)).toBe('alone')
    expect(step({ alone: of(5, 5) }, each)).toBe('consistent')
    const several = { sameError: false }
    expect(step({ alone: of(4, 4), reordered: of(1, 1) }, several)).toBe('alone')
    expect(step({ alone: of(5, 5), reordered: of(1, 1) }, several)).toBe('consistent')
  })

  test('what fails alone and passes after the others of its file is brittle', () => {
    expect(step({ alone: of(3, 3), reordered: of(0, 1) })).toBe('reordered')
    expect(step({ alone: of(4, 4), reordered: of(0, 3) })).toBe('order-dependent')
  })

  test('what passes alone and fails in its file is a victim', () => {
    expect(step({ alone: of(0, 3), file: of(1, 1) })).toBe('file')
    expect(step({ alone: of(0, 4), file: of(3, 3) })).toBe('order-dependent')
  })

  test('what passes in its file and fails in a serial run is a victim of another file', () => {
    const counts = { alone: of(0, 6), file: of(0, 2), serial: of(3, 3), parallel: of(2, 2) }
    expect(judge({ counts }).hypothesis).toBe('victim-outside')
    expect(step(counts)).toBe('order-dependent')
  })

  test('failing and passing alone is intermittent', () => {
    expect(step({ alone: of(2, 3) })).toBe('intermittent')
    expect(step({ alone: of(1, 2) })).not.toBe('intermittent')
  })

  test('parallel failures need a contrast, and a serial run that passes', () => {
    expect(step({ alone: of(0, 2), parallel: of(1, 1) })).not.toBe('parallel-only')
    expect(step({ alone: of(0, 5), file: of(0, 2), parallel: of(2, 2) })).toBe('serial')
    const passed = { alone: of(0, 5), file: of(0, 2), parallel: of(2, 2), serial: of(0, 1) }
    expect(step(passed)).toBe('parallel-only')
  })

  test('a clear contrast needs no serial run', () => {
    const seen = { alone: of(0, 4), parallel: of(2, 2) }
    expect(step(seen, { hints: { ...noMates, 'parallel-only': 10 } })).toBe('parallel-only')
  })

  test('who passes under load is not starved, but may collide all the same', () => {
    const counts = { alone: of(0, 9), parallel: of(3, 3), stressed: of(0, 9), serial: of(0, 1) }
    expect(judge({ counts }).hypothesis).toBe('parallel-only')
    expect(step(counts, { hints: noMates })).toBe('parallel-only')
    const starved = { ...counts, stressed: of(6, 9) }
    expect(judge({ counts: starved }).hypothesis).toBe('starved')
    expect(step(starved, { hints: noMates })).toBe('parallel-only')
  })

  test('one pass alone is enough not to be consistent', () => {
    expect(step({ alone: of(10, 11), reordered: of(2, 2) })).toBe('intermittent')
  })

  test('one run after all others shows what two would', () => {
    const both = { prices: new Map([...prices, ['prefix', 3000]] as const) }
    expect(step({ alone: of(3, 3) }, both)).toBe('prefix')
    expect(step({ alone: of(3, 3), prefix: of(1, 1) }, both)).toBe('consistent')
    expect(step({ alone: of(3, 3), prefix: of(0, 1) }, both)).toBe('reordered')
  })

  test('what failed in a serial run is looked for in a serial run', () => {
    const hints = { ...noMates, 'parallel-only': 0.05, starved: 0.05, 'victim-outside': 3 }
    const prices = new Map([
      ['alone', 1000],
      ['parallel', 1500],
      ['serial', 1500],
    ] as const)
    expect(step({ alone: of(0, 1) }, { firstWasSerial: true, hints, prices })).toBe('serial')
  })

  test('what only a serial run of everything has shown is looked for without others first, whatever ran beside others', () => {
    const seen = { seenSerially: true, hints: { 'parallel-only': 0.05, starved: 0.05, victim: 2 } }
    const passes = { alone: of(0, 1), parallel: of(0, 3) }
    expect(step(passes, seen)).toBe('file')
    expect(step({ ...passes, file: of(0, 1) }, seen)).toBe('serial')
    expect(step({ alone: of(0, 3), file: of(2, 2), serial: of(1, 1) }, seen)).toBe(
      'order-dependent',
    )
  })

  test('a collision that the error names needs fewer runs than a failure without words', () => {
    const counts = { alone: of(0, 3), parallel: of(1, 1), serial: of(0, 1) }
    expect(step(counts)).not.toBe('parallel-only')
    expect(step(counts, { hints: { 'parallel-only': 10 } })).toBe('parallel-only')
  })

  test('the more findings, the more each must show', () => {
    const counts = { alone: of(0, 3), file: of(0, 1), parallel: of(1, 1), serial: of(0, 1) }
    const hints = { 'parallel-only': 10 }
    expect(step(counts, { hints })).toBe('parallel-only')
    expect(step(counts, { hints, findings: 20 })).not.toBe('parallel-only')
  })

  test('passing everywhere nine times is not reproduced', () => {
    expect(step({ alone: of(0, 9), parallel: of(0, 8) })).toBe('parallel')
    expect(step({ alone: of(0, 9), parallel: of(0, 9) })).toBe('not-reproduced')
  })

  test('failing serially and passing in parallel is hidden by parallelism', () => {
    const counts = { alone: of(0, 3), file: of(0, 2), serial: of(3, 3), parallel: of(0, 14) }
    expect(step(counts)).toBe('serial-only')
    expect(step({ ...counts, parallel: of(0, 3) })).toBe('parallel')
  })

  test('without an arm that can be had it is not decided', () => {
    expect(step({ alone: of(1, 1) }, { prices: new Map() })).toBe('perhaps consistent')
  })
})

describe('posterior', () => {
  test('sums to one and never says certain', () => {
    const beliefs = posterior({ alone: of(0, 40), parallel: of(20, 20), serial: of(0, 3) })
    expect(beliefs.reduce((sum, { confidence }) => sum + confidence, 0)).toBeCloseTo(1, 9)
    expect(beliefs[0].verdict).toBe('parallel-only')
    expect(beliefs[0].confidence).toBeLessThan(1)
  })

  test.each([
    ['consistent', { alone: of(3, 3) }, 0.8],
    ['parallel-only', { alone: of(0, 9), parallel: of(2, 2), serial: of(0, 1) }, 0.8],
    ['intermittent', { alone: of(3, 8), parallel: of(2, 5) }, 0.95],
    ['not-reproduced', { alone: of(0, 9), parallel: of(0, 9) }, 0.7],
  ] as const)('%s is the likeliest for %j', (verdict, counts, least) => {
    const [best] = posterior(counts)
    expect(best.verdict).toBe(verdict)
    expect(best.confidence).toBeGreaterThan(least)
  })

  test('what cannot be has no share', () => {
    const hints = { victim: 0, brittle: 0, 'victim-outside': 0, 'brittle-outside': 0 }
    const order = posterior({ alone: of(0, 3) }, hints).find(
      ({ verdict }) => verdict === 'order-dependent',
    )
    expect(order?.confidence).toBe(0)
  })

  test('a serial pass makes parallel-only likelier', () => {
    const counts = { alone: of(0, 9), parallel: of(2, 2) }
    const share = (more: ArmCounts): number =>
      posterior(more).find(({ verdict }) => verdict === 'parallel-only')?.confidence ?? 0
    expect(share({ ...counts, serial: of(0, 1) })).toBeGreaterThan(share(counts))
  })

  test('a run alone tells a defect from a neighbour, but not a neighbour from nothing', () => {
    const named = (name: string): (typeof hypotheses)[number] =>
      hypotheses.find((one) => one.name === name) ?? hypotheses[0]!
    const [defect, beside, nothing] = [
      named('consistent'),
      named('parallel-only'),
      named('not-reproduced'),
    ]
    expect(separation(defect, beside, {}, 'alone')).toBeGreaterThan(0.8)
    expect(separation(beside, nothing, {}, 'alone')).toBe(0)
    expect(separation(beside, nothing, {}, 'parallel')).toBeGreaterThan(0.2)
  })
})
