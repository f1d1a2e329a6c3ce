import { describe, expect, test } from 'vitest'
import { bestGuess, contrast, nextStep } from './decide.ts'
import { posterior } from './posterior.ts'

const none = { runs: 0, failures: 0 }
const of = (failures: number, runs: number): { failures: number; runs: number } => ({
  failures,
  runs,
})

function step(
  alone = none,
  parallel = none,
  serial = none,
  more: { sameError?: boolean; aloneSpent?: boolean } = {},
): string {
  const counts = { alone, parallel, serial }
  const seen = { ...counts, sameError: true, aloneSpent: false, ...more }
  const next = nextStep(seen, contrast(counts))
  return next.need === 'nothing' ? next.belief.verdict : next.need
}

describe('stopping rule', () => {
  test('three failures alone with one error are consistent, with several errors it takes five', () => {
    expect(step(of(2, 2))).toBe('alone')
    expect(step(of(3, 3))).toBe('consistent')
    expect(step(of(4, 4), none, none, { sameError: false })).toBe('alone')
    expect(step(of(5, 5), none, none, { sameError: false })).toBe('consistent')
  })

  test('failing and passing alone is intermittent', () => {
    expect(step(of(1, 2))).toBe('alone')
    expect(step(of(2, 3))).toBe('intermittent')
    expect(step(of(1, 10), none, none, { aloneSpent: true })).toBe('intermittent')
  })

  test('passing alone asks for parallel runs, then for a serial one', () => {
    expect(step(of(0, 8))).toBe('alone')
    expect(step(of(0, 9))).toBe('parallel')
    expect(step(of(0, 9), of(1, 1))).toBe('parallel')
    expect(step(of(0, 9), of(2, 2))).toBe('serial')
    expect(step(of(0, 9), of(2, 2), of(0, 1))).toBe('parallel-only')
  })

  test('failing in a serial run of everything, and never alone, is a matter of order', () => {
    expect(step(of(0, 9), of(2, 2), of(1, 1))).toBe('serial')
    expect(step(of(0, 9), of(2, 2), of(2, 2))).toBe('order-dependent')
  })

  test('passing everywhere nine times is not reproduced', () => {
    expect(step(of(0, 9), of(0, 8))).toBe('parallel')
    expect(step(of(0, 9), of(0, 9))).toBe('not-reproduced')
  })

  test('a blunt contrast asks for cheap runs alone first', () => {
    expect(step(of(0, 9), of(2, 5))).toBe('alone')
    expect(step(of(0, 15), of(2, 5))).toBe('parallel')
    expect(step(of(0, 9), of(2, 5), none, { aloneSpent: true })).toBe('parallel')
  })
})

describe('posterior', () => {
  test('sums to one and never says certain', () => {
    const counts = { alone: of(0, 40), parallel: of(20, 20), serial: of(0, 3) }
    const beliefs = posterior(counts)
    expect(beliefs.reduce((sum, { confidence }) => sum + confidence, 0)).toBeCloseTo(1, 9)
    expect(beliefs[0].verdict).toBe('parallel-only')
    expect(beliefs[0].confidence).toBeLessThan(1)
  })

  test.each([
    ['consistent', of(3, 3), none, 0.9],
    ['parallel-only', of(0, 9), of(2, 2), 0.85],
    ['intermittent', of(3, 8), of(2, 5), 0.95],
    ['not-reproduced', of(0, 9), of(0, 9), 0.75],
  ] as const)(
    '%s is the likeliest for %o alone, %o in parallel',
    (verdict, alone, parallel, least) => {
      const [best] = posterior({ alone, parallel, serial: none })
      expect(best.verdict).toBe(verdict)
      expect(best.confidence).toBeGreaterThan(least)
    },
  )

  test('without a serial run, order stays possible', () => {
    const counts = { alone: of(0, 9), parallel: of(2, 2) }
    const [before] = posterior({ ...counts, serial: none })
    const [after] = posterior({ ...counts, serial: of(0, 1) })
    expect(after.confidence).toBeGreaterThan(before.confidence)
  })
})

test('a guess for a test that fails alone is never parallel-only without a contrast', () => {
  const counts = { alone: of(1, 9), parallel: of(2, 2), serial: none }
  expect(bestGuess(counts, contrast(counts)).belief.verdict).toBe('intermittent')
})
