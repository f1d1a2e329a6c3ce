import type { JSX } from 'preact'
import type { Counts } from '../data.ts'
import { interval, percent, wilson } from '../figures.ts'

/** One experiment with its counts. */
export interface Rate {
  readonly label: string
  readonly counts: Counts
  readonly says?: string
}

/** Failure rates as counts, with their 95 % intervals drawn on one axis. */
export function RateChart({
  rates,
  caption,
}: {
  rates: readonly Rate[]
  caption: string
}): JSX.Element {
  return (
    <table class="rates">
      <caption class="hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">experiment</th>
          <th scope="col" class="number">
            failed
          </th>
          <th scope="col">
            <span class="axis">
              <span>0 %</span>
              <span>failure rate, 95 % interval</span>
              <span>100 %</span>
            </span>
          </th>
          <th scope="col">interval</th>
        </tr>
      </thead>
      <tbody>
        {rates.map(({ label, counts, says }) => (
          <tr key={label} class={counts.runs === 0 ? 'unrun' : undefined}>
            <th scope="row">
              {label}
              {says !== undefined && <small>{says}</small>}
            </th>
            <td class="number">
              {counts.runs === 0 ? (
                'not run'
              ) : (
                <>
                  <strong>{counts.failures}</strong> of {counts.runs}
                </>
              )}
            </td>
            <td>
              <Whisker counts={counts} />
            </td>
            <td class="interval">{interval(counts)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** One rate on its axis. */
export function Whisker({ counts }: { counts: Counts }): JSX.Element {
  if (counts.runs === 0) return <span class="whisker" aria-hidden="true" />
  const { low, high } = wilson(counts)
  const rate = counts.failures / counts.runs
  const tone = counts.failures === 0 ? 'good' : low > 0.5 ? 'bad' : 'flaky'
  return (
    <span
      class={`whisker ${tone}`}
      role="img"
      aria-label={`about ${percent(rate)}, ${interval(counts)}`}
    >
      <span
        class="range"
        style={{ left: `${low * 100}%`, width: `${Math.max(0.8, (high - low) * 100)}%` }}
      />
      <span class="point" style={{ left: `${rate * 100}%` }} />
    </span>
  )
}
