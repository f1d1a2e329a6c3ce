import type { JSX } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { ticks } from './model.ts'
import type { Bar, SlotRow, Span } from './model.ts'
import { barHeight, Row, rowHeight } from './row.tsx'
import type { Tip } from './row.tsx'

const [wideGutter, narrowGutter] = [116, 64]
const top = 26
const charWidth = 7
const nameIndent = 16

interface Props {
  readonly rows: readonly SlotRow[]
  readonly window: Span
  readonly mark: (bar: Bar) => string | undefined
  /** One finding is looked at: everything else steps back. */
  readonly focused: boolean
  readonly onZoom: (span: Span) => void
}

/** One row for each slot, one bar for each attempt. */
export function Chart({ rows, window, mark, focused, onZoom }: Props): JSX.Element {
  const [box, width] = useWidth()
  const [tip, setTip] = useState<Tip>()
  const [drag, setDrag] = useState<{ from: number; to: number }>()
  const gutter = width < 600 ? narrowGutter : wideGutter
  const nameLength = Math.floor((gutter - nameIndent / 2) / charWidth)
  const inner = Math.max(50, width - gutter)
  const scale = inner / (window.endMs - window.startMs)
  const height = top + rows.length * rowHeight + 8
  const xOf = (ms: number): number => (ms - window.startMs) * scale
  const at = (event: PointerEvent): number =>
    Math.min(
      inner,
      Math.max(0, event.clientX - (box.current?.getBoundingClientRect().left ?? 0) - gutter),
    )

  const start = (event: PointerEvent): void => {
    if (event.button !== 0) return
    setDrag({ from: at(event), to: at(event) })
  }
  const move = (event: PointerEvent): void => {
    if (drag !== undefined) setDrag({ ...drag, to: at(event) })
  }
  const stop = (): void => {
    if (drag === undefined) return
    setDrag(undefined)
    const [from, to] = [drag.from, drag.to].sort((a, b) => a - b)
    if (from === undefined || to === undefined || to - from < 6) return
    onZoom({ startMs: window.startMs + from / scale, endMs: window.startMs + to / scale })
  }
  return (
    <div
      class={`timeline${focused ? ' focused' : ''}`}
      ref={box}
      onPointerLeave={() => setTip(undefined)}
    >
      <svg
        width={width}
        height={height}
        role="group"
        aria-label="Workers over time; the table below says the same"
        onPointerDown={start}
        onPointerMove={move}
        onPointerUp={stop}
      >
        <defs>
          <pattern
            id="setup"
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="6" height="6" class="setup-ground" />
            <rect width="2" height="6" class="setup-line" />
          </pattern>
          <clipPath id="inner">
            <rect x="-6" y="-12" width={inner + 6} height={rowHeight + 12} />
          </clipPath>
        </defs>
        <g transform={`translate(${gutter} 0)`}>
          {ticks(window, inner / 110)
            .filter((ms) => xOf(ms) < inner - 16)
            .map((ms) => (
              <g key={ms} transform={`translate(${xOf(ms)} 0)`} class="tick">
                <line y1={top - 6} y2={height} />
                <text y={12} text-anchor="middle">
                  {tickText(ms, window)}
                </text>
              </g>
            ))}
        </g>
        {rows.map((row, index) => {
          const y = top + index * rowHeight
          return (
            <g key={row.name} transform={`translate(0 ${y})`}>
              <line class="rule" x1={0} x2={width} y1={rowHeight} y2={rowHeight} />
              <text
                class="slot-name"
                x={gutter === narrowGutter ? nameIndent / 2 : nameIndent}
                y={rowHeight / 2 + 4}
              >
                {row.name.length > nameLength ? `${row.name.slice(0, nameLength - 1)}…` : row.name}
                <title>{row.name}</title>
              </text>
              <g
                transform={`translate(${gutter} ${(rowHeight - barHeight) / 2})`}
                clip-path="url(#inner)"
              >
                <Row
                  row={row}
                  window={window}
                  scale={scale}
                  inner={inner}
                  gutter={gutter}
                  mark={mark}
                  focused={focused}
                  tip={setTip}
                  y={y}
                />
              </g>
            </g>
          )
        })}
        {drag !== undefined && (
          <rect
            class="drag"
            x={gutter + Math.min(drag.from, drag.to)}
            width={Math.abs(drag.to - drag.from)}
            y={0}
            height={height}
          />
        )}
      </svg>
      {tip !== undefined && (
        <div
          class={`tip${tip.x > width * 0.6 ? ' left' : ''}`}
          style={{ left: `${tip.x}px`, top: `${tip.y}px` }}
          role="status"
        >
          {tip.lines.map((line, index) => (
            <span key={index}>{line}</span>
          ))}
        </div>
      )}
    </div>
  )
}

function tickText(ms: number, { startMs, endMs }: Span): string {
  if (ms === 0) return '0'
  const span = endMs - startMs
  if (ms >= 60_000) {
    const seconds = (ms % 60_000) / 1000
    return `${Math.floor(ms / 60_000)}:${seconds.toFixed(span < 5000 ? 1 : 0).padStart(span < 5000 ? 4 : 2, '0')}`
  }
  return span < 2000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(span < 20_000 ? 1 : 0)} s`
}

function useWidth(): readonly [{ current: HTMLDivElement | null }, number] {
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(900)
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return undefined
    const measure = (): void => setWidth(element.clientWidth)
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [box, width]
}
