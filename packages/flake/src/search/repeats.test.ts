import { expect, test } from 'vitest'
import { repeatsFor, shrunkRate } from './repeats.ts'

// The published table: repeats for a doubt of 1 %.
test.each([
  [0.95, 2],
  [0.8, 3],
  [0.5, 7],
  [0.3, 13],
  [0.1, 44],
])('a rate of %d asks for %i passes', (rate, repeats) => {
  expect(repeatsFor(rate)).toBe(repeats)
})

test('what always fails needs one look, what never fails cannot be told', () => {
  expect(repeatsFor(1)).toBe(1)
  expect(repeatsFor(0)).toBe(Infinity)
})

test('a rate from few runs is never certain', () => {
  expect(shrunkRate({ runs: 2, failures: 2 })).toBeCloseTo(0.967, 3)
  expect(shrunkRate({ runs: 4, failures: 0 })).toBeGreaterThan(0)
})
