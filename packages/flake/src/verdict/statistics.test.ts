import { describe, expect, test } from 'vitest'
import { fisher, holm, lowerBound, sprt, upperBound, wilson } from './statistics.ts'

const of = (failures: number, runs: number): { failures: number; runs: number } => ({
  failures,
  runs,
})

describe('bounds', () => {
  test.each([
    [3, 0.63],
    [5, 0.45],
    [10, 0.26],
    [20, 0.14],
    [30, 0.095],
    [59, 0.05],
    [300, 0.01],
  ])('no failure in %i runs: the rate is below %d', (runs, bound) => {
    expect(upperBound(of(0, runs))).toBeCloseTo(bound, 2)
  })

  test.each([
    [3, 0.37],
    [5, 0.55],
    [14, 0.8],
    [29, 0.9],
  ])('%i failures in as many runs: the rate is above %d', (runs, bound) => {
    expect(lowerBound(of(runs, runs))).toBeCloseTo(bound, 1)
  })

  test('ends are closed', () => {
    expect(upperBound(of(4, 4))).toBe(1)
    expect(upperBound(of(0, 0))).toBe(1)
    expect(lowerBound(of(0, 4))).toBe(0)
  })

  // Newcombe 1998, table I, method 3.
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('Wilson for %i of %i is %d to %d', (failures, runs, low, high) => {
    const interval = wilson(of(failures, runs))
    expect(interval.low).toBeCloseTo(low, 4)
    expect(interval.high).toBeCloseTo(high, 4)
  })
})

describe('sequential test', () => {
  test('two failures say that it fails, one does not', () => {
    expect(sprt(of(1, 1))).toBe('open')
    expect(sprt(of(2, 2))).toBe('fails')
  })

  test('nine straight passes say that it is stable, eight do not', () => {
    expect(sprt(of(0, 8))).toBe('open')
    expect(sprt(of(0, 9))).toBe('stable')
  })

  test.each([
    [0.01, 0.1, 31],
    [0.02, 0.05, 95],
  ])('rates %d and %d ask for %i passes', (p0, p1, passes) => {
    expect(sprt(of(0, passes - 1), p0, p1)).toBe('open')
    expect(sprt(of(0, passes), p0, p1)).toBe('stable')
  })
})

describe('Fisher', () => {
  // Fisher's tea: 3 of 4 against 1 of 4.
  test('gives the published value', () => {
    expect(fisher(of(3, 4), of(1, 4))).toBeCloseTo(0.2429, 4)
    expect(fisher(of(4, 4), of(0, 4))).toBeCloseTo(1 / 70, 6)
  })

  test('two of two against none of nine is a contrast, one of one is not', () => {
    expect(fisher(of(2, 2), of(0, 9))).toBeCloseTo(1 / 55, 6)
    expect(fisher(of(1, 1), of(0, 9))).toBeCloseTo(0.1, 6)
  })

  test('without failures there is nothing to see', () => {
    expect(fisher(of(0, 5), of(0, 9))).toBeCloseTo(1, 6)
  })

  // Equal arms, nothing fails serially, one-sided 5 %, power 80 %.
  test.each([
    [0.9, 5],
    [0.7, 7],
    [0.5, 10],
    [0.3, 21],
  ])('a rate of %d needs about %i runs in each arm', (rate, runs) => {
    expect(power(rate, runs)).toBeGreaterThan(0.78)
    expect(power(rate, runs - 2)).toBeLessThan(0.8)
  })
})

test('Holm makes the smallest value largest first and keeps the order', () => {
  expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06])
  expect(holm([0.5, 0.9])).toEqual([1, 1])
  expect(holm([])).toEqual([])
})

function power(rate: number, runs: number): number {
  let sum = 0
  for (let failures = 0; failures <= runs; failures += 1) {
    if (fisher(of(failures, runs), of(0, runs)) >= 0.05) continue
    let ways = 1
    for (let k = 0; k < failures; k += 1) ways *= (runs - k) / (k + 1)
    sum += ways * rate ** failures * (1 - rate) ** (runs - failures)
  }
  return sum
}
