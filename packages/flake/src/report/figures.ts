import { wilson } from '../verdict/statistics.ts'
import type { Counts } from '../verdict/statistics.ts'

/** A share as a whole percentage that is never 0 % or 100 %: nobody has seen every run. */
export function percent(share: number): string {
  return `${Math.min(99, Math.max(1, Math.round(share * 100)))} %`
}

/** `2 of 9`, or `not run`. */
export function tally({ runs, failures }: Counts): string {
  return runs === 0 ? 'not run' : `${failures} of ${runs}`
}

/** Wilson's 95 % interval of a failure rate, one-sided in words where the counts are one-sided. */
export function interval(counts: Counts): string {
  if (counts.runs === 0) return ''
  const { low, high } = wilson(counts)
  if (counts.failures === 0) return `under ${percent(high)}`
  if (counts.failures === counts.runs) return `over ${percent(low)}`
  return `${percent(low).replace(' %', '')}–${percent(high)}`
}

/** Counts with their interval: `5 of 8 failed (31–86 %)`, or `not run`. */
export function failed(counts: Counts): string {
  return counts.runs === 0 ? 'not run' : `${tally(counts)} failed (${interval(counts)})`
}

/** A time for people: `850 ms`, `12 s`, `3 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${seconds} s`
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** `1 test`, `58 tests`. */
export function count(tests: number): string {
  return tests === 1 ? '1 test' : `${tests} tests`
}
