import { describe, expect, test } from 'vitest'
import { Clocks } from './clocks.ts'
import type { Told } from './events.ts'

const at = (line: number, durationMs?: number): Told => ({
  name: `test ${line}`,
  nesting: 0,
  file: '/a.test.mjs',
  line,
  column: 1,
  ...(durationMs === undefined ? {} : { details: { duration_ms: durationMs } }),
})

describe('when a test ran', () => {
  test('is from the moment its start was heard', () => {
    const clocks = new Clocks()
    clocks.hear('test:dequeue', at(1), false, 1000)
    clocks.hear('test:complete', at(1, 120), false, 1125)
    expect(clocks.timesOf(at(1, 120), 2000)).toEqual({ startMs: 1000, endMs: 1120 })
  })

  test('is not later than its end allows when its start was heard late', () => {
    const clocks = new Clocks()
    clocks.hear('test:dequeue', at(1), false, 1050)
    clocks.hear('test:complete', at(1, 120), false, 1121)
    clocks.hear('test:dequeue', at(2), false, 1121)
    clocks.hear('test:complete', at(2, 5), false, 1126)
    expect(clocks.timesOf(at(1, 120), 2000)).toEqual({ startMs: 1001, endMs: 1121 })
    expect(clocks.timesOf(at(2, 5), 2000)).toEqual({ startMs: 1121, endMs: 1126 })
  })

  test('is told one by one where a loop makes tests on one line', () => {
    const clocks = new Clocks()
    clocks.hear('test:dequeue', at(1), false, 1000)
    clocks.hear('test:complete', at(1, 10), false, 1012)
    clocks.hear('test:dequeue', at(1), false, 1040)
    clocks.hear('test:complete', at(1, 20), false, 1050)
    expect(clocks.timesOf(at(1, 10), 2000)).toEqual({ startMs: 1000, endMs: 1010 })
    expect(clocks.timesOf(at(1, 20), 2000)).toEqual({ startMs: 1030, endMs: 1050 })
  })

  test('follows from durations where nobody said it before the file had ended', () => {
    const clocks = new Clocks()
    clocks.hear('test:dequeue', at(0), true, 1000)
    clocks.hear('test:complete', at(0, 200), true, 1200)
    clocks.hear('test:dequeue', at(1), false, 1201)
    clocks.hear('test:complete', at(1, 50), false, 1201)
    expect(clocks.timesOf(at(1, 50), 1202)).toEqual({ startMs: 1000, endMs: 1050 })
    expect(clocks.timesOf(at(2, 400), 1202)).toEqual({ startMs: 1050, endMs: 1200 })
  })
})
