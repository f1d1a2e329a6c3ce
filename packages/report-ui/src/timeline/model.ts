import type { AttemptView, FlakeReport, RunView, TestView } from '../data.ts'
import { isFailure } from '../data.ts'

/** One attempt on the timeline; times are milliseconds from the start of the run. */
export interface Bar {
  readonly test: TestView
  readonly attempt: AttemptView
  readonly startMs: number
  readonly endMs: number
  readonly failed: boolean
}

/** Time in which a worker or its lane was made ready. */
export interface Span {
  readonly startMs: number
  readonly endMs: number
}

export interface WorkerBand extends Span {
  readonly worker: string
  readonly end: RunView['workers'][number]['end']
  readonly detail: string | undefined
}

/** One row: the place of a worker, with all workers that had it. */
export interface SlotRow {
  readonly name: string
  readonly slot: number | undefined
  readonly startMs: number
  readonly endMs: number
  readonly bars: readonly Bar[]
  readonly setups: readonly Span[]
  readonly workers: readonly WorkerBand[]
  readonly testMs: number
  readonly setupMs: number
}

/** The rows of one run, by slot; a worker without a slot has a row of its own. */
export function slotsOf(report: FlakeReport, runIndex: number): SlotRow[] {
  const run = report.runs?.[runIndex]
  if (run === undefined) return []
  const base = run.startMs
  const bars = new Map<string, Bar[]>()
  const rowOf = (slot: number | undefined, worker: string | undefined): string =>
    slot === undefined ? `worker ${worker ?? '?'}` : `slot ${slot}`
  for (const test of report.tests ?? []) {
    for (const attempt of test.attempts) {
      if (attempt.run !== runIndex || attempt.outcome === 'skipped') continue
      const name = rowOf(attempt.slot, attempt.worker)
      const row = bars.get(name) ?? []
      bars.set(name, row)
      row.push({
        test,
        attempt,
        startMs: attempt.startMs - base,
        endMs: attempt.endMs - base,
        failed: isFailure(attempt.outcome),
      })
    }
  }
  const bands = new Map<string, WorkerBand[]>()
  for (const { worker, slot, startMs, endMs, end, detail } of run.workers) {
    const name = rowOf(slot, worker)
    const row = bands.get(name) ?? []
    bands.set(name, row)
    row.push({ worker, startMs: startMs - base, endMs: endMs - base, end, detail })
  }
  const names = [...new Set([...bands.keys(), ...bars.keys()])].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  )
  return names.map((name) => {
    const own = (bars.get(name) ?? []).sort((a, b) => a.startMs - b.startMs)
    const workers = (bands.get(name) ?? []).sort((a, b) => a.startMs - b.startMs)
    const setups = setupsOf(run, own, workers)
    const spans = [...own, ...workers]
    return {
      name,
      slot: own[0]?.attempt.slot,
      startMs: spans.reduce((least, { startMs }) => Math.min(least, startMs), Infinity),
      endMs: spans.reduce((most, { endMs }) => Math.max(most, endMs), 0),
      bars: own,
      setups,
      workers,
      testMs: covered(own),
      setupMs: setups.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0),
    }
  })
}

// From a worker's start to its first test, and every pause between tests in which its lane was made,
// lent or reset.
function setupsOf(run: RunView, bars: readonly Bar[], workers: readonly WorkerBand[]): Span[] {
  const setups: Span[] = []
  for (const { worker, startMs, endMs } of workers) {
    const events = run.lanes
      .filter(
        (event) => event.worker === worker && event.event !== 'closed' && event.event !== 'kept',
      )
      .map(({ atMs }) => atMs - run.startMs)
    let free = startMs
    for (const bar of bars) {
      if (bar.attempt.worker !== worker) continue
      const isFirst = free === startMs
      const hasEvent = events.some((at) => at >= free && at <= bar.startMs)
      if (bar.startMs - free >= 1 && (isFirst || hasEvent)) {
        setups.push({ startMs: free, endMs: bar.startMs })
      }
      free = Math.max(free, bar.endMs)
    }
    // A worker that never came to a test was still being made ready.
    if (
      free === startMs &&
      endMs > startMs &&
      !bars.some(({ attempt }) => attempt.worker === worker)
    ) {
      setups.push({ startMs, endMs })
    }
  }
  return setups
}

// Tests of one worker may run side by side: their time counts once.
function covered(bars: readonly Bar[]): number {
  let sum = 0
  let until = -Infinity
  for (const { startMs, endMs } of bars) {
    if (endMs <= until) continue
    sum += endMs - Math.max(startMs, until)
    until = endMs
  }
  return sum
}

/** Bars of one row as they are drawn: neighbours too thin to be told apart become one. */
export interface DrawnBar {
  readonly x: number
  readonly width: number
  readonly bars: readonly Bar[]
  readonly tone: string
}

/**
 * Brings the bars of a row to pixels. Bars that `mark` names are drawn by themselves, and never thinner
 * than can be hit with a mouse.
 */
export function draw(
  bars: readonly Bar[],
  window: Span,
  width: number,
  mark: (bar: Bar) => string | undefined,
): DrawnBar[] {
  const scale = width / Math.max(1, window.endMs - window.startMs)
  const drawn: { x: number; width: number; bars: Bar[]; tone: string }[] = []
  const marked: DrawnBar[] = []
  for (const bar of bars) {
    if (bar.endMs < window.startMs || bar.startMs > window.endMs) continue
    const x = Math.max(0, (bar.startMs - window.startMs) * scale)
    const end = Math.min(width, (bar.endMs - window.startMs) * scale)
    const tone = mark(bar)
    if (tone !== undefined) {
      marked.push({ x, width: Math.max(4, end - x), bars: [bar], tone })
      continue
    }
    const last = drawn.at(-1)
    const thin = end - x < 2
    if (last !== undefined && thin && x - (last.x + last.width) < 1 && last.width < 12) {
      last.width = Math.max(last.width, end - last.x)
      last.bars.push(bar)
    } else {
      drawn.push({
        x,
        width: Math.max(1, end - x - (end - x > 3 ? 1 : 0)),
        bars: [bar],
        tone: 'passed',
      })
    }
  }
  return [...drawn, ...marked]
}

/** Round points for an axis, about `most` of them. */
export function ticks(window: Span, most: number): number[] {
  const span = window.endMs - window.startMs
  const rough = span / Math.max(1, most)
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? power
  const points: number[] = []
  for (let at = Math.ceil(window.startMs / step) * step; at <= window.endMs; at += step)
    points.push(at)
  return points
}
