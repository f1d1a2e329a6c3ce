import type { JSX } from 'preact'
import { duration, offset } from '../figures.ts'
import { draw } from './model.ts'
import type { Bar, DrawnBar, SlotRow, Span } from './model.ts'

export const rowHeight = 34
export const barHeight = 20

/** What is said of the thing that is pointed at, and where in the chart. */
export interface Tip {
  readonly x: number
  readonly y: number
  readonly lines: readonly string[]
}

/** The bars of one slot: its workers, what their set-up took, the attempts, and where a worker took over. */
export function Row(props: {
  row: SlotRow
  window: Span
  scale: number
  inner: number
  gutter: number
  mark: (bar: Bar) => string | undefined
  focused: boolean
  tip: (tip: Tip | undefined) => void
  y: number
}): JSX.Element {
  const { row, window, scale, inner, gutter, mark, focused, tip, y } = props
  const xOf = (ms: number): number => (ms - window.startMs) * scale
  const show = (x: number, lines: readonly string[]) => ({
    onPointerEnter: () =>
      tip({ x: gutter + Math.min(inner, Math.max(0, x)), y: y + rowHeight, lines }),
    onPointerLeave: () => tip(undefined),
    onFocus: () => tip({ x: gutter + Math.min(inner, Math.max(0, x)), y: y + rowHeight, lines }),
    onBlur: () => tip(undefined),
  })
  return (
    <>
      {row.workers.map(({ worker, startMs, endMs }) => (
        <rect
          key={worker}
          class="band"
          x={xOf(startMs)}
          width={Math.max(1, (endMs - startMs) * scale)}
          y={-2}
          height={barHeight + 4}
          rx={3}
        />
      ))}
      {row.setups.map(({ startMs, endMs }, index) => (
        <rect
          key={index}
          class="setup"
          x={xOf(startMs)}
          width={Math.max(1, (endMs - startMs) * scale)}
          height={barHeight}
          fill="url(#setup)"
          {...show(xOf(startMs), [`set-up, ${duration(endMs - startMs)}`])}
        />
      ))}
      {draw(row.bars, window, inner, mark).map((drawn, index) => (
        <DrawnRect key={index} drawn={drawn} row={row} show={show} focused={focused} />
      ))}
      {row.workers.slice(1).map((band, index) => (
        <Restart
          key={band.worker}
          x={xOf(band.startMs)}
          died={row.workers[index]?.end !== undefined}
          show={show}
          says={`worker ${band.worker} takes the slot${why(row.workers[index])}`}
        />
      ))}
    </>
  )
}

function DrawnRect(props: {
  drawn: DrawnBar
  row: SlotRow
  show: (x: number, lines: readonly string[]) => object
  focused: boolean
}): JSX.Element {
  const { x, width, bars, tone } = props.drawn
  const [bar] = bars
  const lines =
    bars.length === 1 && bar !== undefined ? linesOf(bar) : [`${bars.length} tests, all passed`]
  // Among all findings none is the victim.
  const word = tone === 'victim' && !props.focused ? 'finding' : tone
  const name = [tone === 'passed' ? '' : `${word}: `, lines.join(', '), `, ${props.row.name}`].join(
    '',
  )
  const label = tone === 'victim' || tone === 'culprit' ? word : undefined
  return (
    <g
      class={`bar ${tone}`}
      {...(tone === 'passed'
        ? { 'aria-hidden': 'true' as const }
        : { tabIndex: 0, role: 'img', 'aria-label': name })}
      {...props.show(x, lines)}
    >
      <rect x={x} width={width} height={barHeight} rx={Math.min(3, width / 2)} />
      {label !== undefined && width > 54 && (
        <text x={x + 6} y={barHeight / 2 + 4}>
          {label}
        </text>
      )}
    </g>
  )
}

function Restart(props: {
  x: number
  died: boolean
  says: string
  show: (x: number, lines: readonly string[]) => object
}): JSX.Element {
  return (
    <g
      class={props.died ? 'restart died' : 'restart'}
      {...(props.died ? { tabIndex: 0 } : {})}
      role="img"
      aria-label={props.says}
      {...props.show(props.x, [props.says])}
    >
      <line x1={props.x} x2={props.x} y1={-5} y2={barHeight + 5} />
      {props.died && <path d={`M${props.x - 4} -6h8l-4 6z`} />}
    </g>
  )
}

function why(band: SlotRow['workers'][number] | undefined): string {
  if (band?.end === undefined) return ''
  const words = { crash: 'died', hang: 'hung', requeue: 'gave its file back' }
  return `: worker ${band.worker} ${words[band.end]}${band.detail === undefined ? '' : ` (${band.detail})`}`
}

function linesOf({ test, attempt, startMs, endMs }: Bar): string[] {
  return [
    test.titlePath.join(' › ') || test.file,
    test.file,
    `${attempt.outcome}${attempt.retry > 0 ? `, retry ${attempt.retry}` : ''} · ${duration(endMs - startMs)} · from ${offset(startMs)}`,
    ...(attempt.error === undefined ? [] : [attempt.error]),
  ].map((line) => (line.length > 160 ? `${line.slice(0, 159)}…` : line))
}
