import type { Counts } from './data.ts'

/** A share as a whole percentage that is never 0 % or 100 %: nobody has seen every run. */
export function percent(share: number): string {
  return `${Math.min(99, Math.max(1, Math.round(share * 100)))} %`
}

/** Wilson's 95 % interval of a failure rate. */
export function wilson({ runs, failures }: Counts): { low: number; high: number } {
  if (runs === 0) return { low: 0, high: 1 }
  const z = 1.959964
  const rate = failures / runs
  const scale = 1 + (z * z) / runs
  const centre = (rate + (z * z) / (2 * runs)) / scale
  const half = (z / scale) * Math.sqrt((rate * (1 - rate)) / runs + (z * z) / (4 * runs * runs))
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}

/** The interval in words, one-sided where the counts are. */
export function interval(counts: Counts): string {
  if (counts.runs === 0) return ''
  const { low, high } = wilson(counts)
  if (counts.failures === 0) return `under ${percent(high)}`
  if (counts.failures === counts.runs) return `over ${percent(low)}`
  return `${percent(low).replace(' %', '')}–${percent(high)}`
}

/** A time for people: `850 ms`, `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes >= 120) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  return `${minutes} min${seconds % 60 === 0 ? '' : ` ${seconds % 60} s`}`
}

/** `1 test`, `58 tests`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`
}

/** A moment in the reader's own time zone. */
export function moment(time: string | number): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return String(time)
  return date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
}

/** A point in time inside a run: `1.250 s`. */
export function offset(ms: number): string {
  return ms < 60_000
    ? `${(ms / 1000).toFixed(ms < 10_000 ? 3 : 2)} s`
    : `${Math.floor(ms / 60_000)}:${((ms % 60_000) / 1000).toFixed(1).padStart(4, '0')} min`
}
