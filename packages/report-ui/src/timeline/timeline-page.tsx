import type { JSX } from 'preact'
import { useLayoutEffect, useMemo, useState } from 'preact/hooks'
import type { FlakeReport } from '../data.ts'
import { shortTitleOf } from '../data.ts'
import { count, duration } from '../figures.ts'
import { Chart } from './chart.tsx'
import { slotsOf } from './model.ts'
import type { Bar, SlotRow, Span } from './model.ts'
import { Beside } from './beside.tsx'
import { Legend, marksOf } from './legend.tsx'
import { WorkersTable } from './workers-table.tsx'

/** Which worker ran what when: victims and culprits marked, restarts and set-up of lanes visible. */
export function TimelinePage(props: { report: FlakeReport; finding: number }): JSX.Element {
  const { report } = props
  const drawable = (report.runs ?? []).flatMap(({ workers }, at) =>
    workers.length > 0 ? [at] : [],
  )
  const [chosen, setChosen] = useState<number>()
  const finding = report.findings[props.finding]
  const runIndex = chosen ?? runOf(report, props.finding, drawable) ?? drawable[0]
  const rows = useMemo(
    () => (runIndex === undefined ? [] : slotsOf(report, runIndex)),
    [report, runIndex],
  )
  const whole = useMemo((): Span => {
    const endMs = rows.reduce((most, row) => Math.max(most, row.endMs), 1)
    return { startMs: 0, endMs: endMs * 1.01 }
  }, [rows])
  const [zoom, setZoom] = useState<Span>()
  useLayoutEffect(() => {
    setZoom(finding === undefined ? undefined : around(rows, finding.test.key, whole))
  }, [props.finding, runIndex])

  if (runIndex === undefined || rows.length === 0) {
    return <p class="empty">The record of this run does not say which worker ran what.</p>
  }
  const window = zoom ?? whole
  const change = (factor: number, shift: number): void => {
    const span = (window.endMs - window.startMs) * factor
    const centre = (window.startMs + window.endMs) / 2 + shift * span
    setZoom(inside({ startMs: centre - span / 2, endMs: centre + span / 2 }, whole))
  }
  const victims = new Set(
    (finding === undefined ? report.findings : [finding]).map(({ test }) => test.key),
  )
  const culprits = new Set(
    (finding === undefined ? report.findings : [finding]).flatMap((one) =>
      one.culprits.map(({ key }) => key),
    ),
  )
  const mark = (bar: Bar): string | undefined =>
    markOf(bar, victims, culprits, finding !== undefined)
  const workers = rows.flatMap((row) => row.workers)
  const died = workers.filter(({ end }) => end !== undefined).length
  const setupMs = rows.reduce((sum, row) => sum + row.setupMs, 0)
  return (
    <section class="page wide">
      <div class="page-head">
        <h1>Timeline of workers</h1>
        <div class="tools">
          {drawable.length > 1 && (
            <label>
              Run{' '}
              <select
                value={runIndex}
                onChange={(event) => setChosen(Number(event.currentTarget.value))}
              >
                {drawable.map((at) => (
                  <option key={at} value={at}>
                    {at + 1}
                  </option>
                ))}
              </select>
            </label>
          )}
          {report.findings.length > 0 && (
            <label>
              Finding{' '}
              <select
                value={finding === undefined ? 0 : props.finding + 1}
                onChange={(event) => {
                  location.hash = `#/timeline/${event.currentTarget.value}`
                }}
              >
                <option value={0}>all</option>
                {report.findings.slice(0, 300).map((one, at) => (
                  <option key={at} value={at + 1}>
                    {shortTitleOf(one).slice(0, 80)}
                  </option>
                ))}
              </select>
            </label>
          )}
          <div class="buttons" role="group" aria-label="Part of the run that is shown">
            <button type="button" onClick={() => change(1, -0.4)} aria-label="Earlier">
              ←
            </button>
            <button type="button" onClick={() => change(1, 0.4)} aria-label="Later">
              →
            </button>
            <button type="button" onClick={() => change(0.5, 0)} aria-label="Closer">
              +
            </button>
            <button type="button" onClick={() => change(2, 0)} aria-label="Farther">
              −
            </button>
            <button type="button" onClick={() => setZoom(undefined)}>
              Whole run
            </button>
          </div>
        </div>
      </div>
      <p class="lead">
        {count(rows.length, 'slot')}, {duration(whole.endMs / 1.01)}
        {workers.length > rows.length && `, ${count(workers.length, 'worker')}`}
        {died > 0 && `, of which ${died} died or hung`}
        {setupMs > 0 && `, ${duration(setupMs)} of set-up`}. Drag over the chart to look closer.
      </p>
      <Chart
        rows={rows}
        window={window}
        mark={mark}
        focused={finding !== undefined}
        onZoom={(span) => setZoom(inside(span, whole))}
      />
      <Legend marks={marksOf(rows, mark)} focused={finding !== undefined} />
      {finding !== undefined && (
        <Beside rows={rows} victim={finding.test.key} culprits={culprits} />
      )}
      <WorkersTable rows={rows} />
    </section>
  )
}

function markOf(
  { test, failed }: Bar,
  victims: ReadonlySet<string>,
  culprits: ReadonlySet<string>,
  focused: boolean,
): string | undefined {
  if (victims.has(test.key) && (failed || focused)) return 'victim'
  if (culprits.has(test.key)) return 'culprit'
  return failed ? 'failed' : undefined
}

// The run in which the finding failed, among those that can be drawn.
function runOf(report: FlakeReport, at: number, drawable: readonly number[]): number | undefined {
  const key = report.findings[at]?.test.key
  const test = report.tests?.find((one) => one.key === key)
  return drawable.find((run) =>
    test?.attempts.some(
      (one) => one.run === run && one.outcome !== 'passed' && one.outcome !== 'skipped',
    ),
  )
}

function around(rows: readonly SlotRow[], key: string, whole: Span): Span | undefined {
  const bars = rows.flatMap((row) => row.bars).filter(({ test }) => test.key === key)
  const bar = bars.find(({ failed }) => failed) ?? bars[0]
  if (bar === undefined) return undefined
  const span = Math.max((bar.endMs - bar.startMs) * 6, (whole.endMs - whole.startMs) / 12)
  const centre = (bar.startMs + bar.endMs) / 2
  return inside({ startMs: centre - span / 2, endMs: centre + span / 2 }, whole)
}

function inside(span: Span, whole: Span): Span | undefined {
  const length = Math.max(2, span.endMs - span.startMs)
  const all = whole.endMs - whole.startMs
  if (length >= all) return undefined
  const startMs = Math.min(Math.max(whole.startMs, span.startMs), whole.endMs - length)
  return { startMs, endMs: startMs + length }
}
