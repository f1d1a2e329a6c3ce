import type { JSX } from 'preact'
import type { History } from '../data.ts'
import { count, duration, moment } from '../figures.ts'

/** A bar for each run, as high as it took time, in the colour of its result. */
export function RunsChart({ runs }: { runs: History['runs'] }): JSX.Element {
  const most = Math.max(1, ...runs.map(({ wallMs, experimentsMs }) => wallMs + experimentsMs))
  return (
    <figure class="runs">
      <ol>
        {runs.map((run) => {
          const {
            id,
            startedAt,
            commit,
            wallMs,
            experimentsMs,
            failed,
            onlyFlaky,
            exitCode,
            tests,
          } = run
          const tone = exitCode === 0 ? 'good' : onlyFlaky ? 'flaky' : 'bad'
          const says = [
            moment(startedAt),
            ...(commit === undefined ? [] : [commit.slice(0, 8)]),
            `${failed} of ${count(tests, 'test')} failed`,
            `run ${duration(wallMs)}`,
            ...(experimentsMs > 0 ? [`experiments ${duration(experimentsMs)}`] : []),
          ].join(', ')
          return (
            <li key={id} title={says}>
              <span class="hidden">{says}</span>
              <span class="experiments" style={{ height: `${(experimentsMs / most) * 100}%` }} />
              <span
                class={`bar ${tone}`}
                style={{ height: `${Math.max(2, (wallMs / most) * 100)}%` }}
              />
            </li>
          )
        })}
      </ol>
      <figcaption>
        <span>Time of each run, up to {duration(most)}; oldest left</span>
        <span class="keys">
          <span class="key good">green</span>
          <span class="key flaky">red for flaky tests only</span>
          <span class="key bad">red</span>
          <span class="key experiments">experiments</span>
        </span>
      </figcaption>
    </figure>
  )
}
