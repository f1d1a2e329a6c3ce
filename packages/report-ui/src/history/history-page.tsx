import type { JSX } from 'preact'
import type { History } from '../data.ts'
import { fileOfKey, shortKey } from '../data.ts'
import { count, duration, interval, moment } from '../figures.ts'
import { Verdict } from '../parts/badge.tsx'
import { Whisker } from '../parts/rate-chart.tsx'
import { Table } from '../parts/table.tsx'
import { RunsChart } from './runs-chart.tsx'

/** The last runs of the project: what failed in which of them, how often, and what it cost. */
export function HistoryPage({ history }: { history: History }): JSX.Element {
  const { runs, tests, totals, moreTests } = history
  if (runs.length === 0) return <p class="empty">No run is remembered yet.</p>
  return (
    <section class="page">
      <div class="page-head">
        <h1>The {lastRuns(runs.length)}</h1>
      </div>
      <dl class="cards">
        <div>
          <dt>red runs</dt>
          <dd>
            {totals.redRuns} <small>of {totals.runs}</small>
          </dd>
        </div>
        <div>
          <dt>red for nothing but flaky tests</dt>
          <dd>
            {totals.onlyFlakyRuns} <small>of {totals.redRuns}</small>
          </dd>
        </div>
        <div>
          <dt>time lost to flaky tests</dt>
          <dd>{duration(totals.lostMs)}</dd>
        </div>
        <div>
          <dt>tests that failed</dt>
          <dd>{tests.length + moreTests}</dd>
        </div>
      </dl>
      <RunsChart runs={runs} />
      {tests.length > 0 && (
        <Table
          label="Tests that failed"
          look="history"
          columns={[
            'test',
            `${lastRuns(runs.length)}, newest right`,
            { figure: 'failed' },
            'rate, 95 % interval',
            'verdicts',
            { figure: 'time lost' },
          ]}
        >
          {tests.map((test) => (
            <TestRow key={test.key} test={test} runs={runs} />
          ))}
        </Table>
      )}
      {moreTests > 0 && (
        <p class="note">{count(moreTests, 'more test')} failed; these lost the most time.</p>
      )}
      <p class="note">
        Time lost: what failed attempts, their retries and experiments took, and the whole run where
        nothing but flaky tests made it red.
      </p>
    </section>
  )
}

function lastRuns(runs: number): string {
  return runs === 1 ? 'last run' : `last ${count(runs, 'run')}`
}

const letters: Readonly<Record<string, string>> = {
  '.': 'passed',
  x: 'failed',
  s: 'skipped',
  '?': 'no result',
  '-': 'not in the run',
}

function TestRow({
  test,
  runs,
}: {
  test: History['tests'][number]
  runs: History['runs']
}): JSX.Element {
  const { key, cells, rate, verdicts, lostMs, commits } = test
  const unique = [...new Set(verdicts.toReversed())]
  return (
    <tr>
      <th scope="row">
        <span class="title">{shortKey(key)}</span>
        <code>{fileOfKey(key)}</code>
        {commits.length > 1 && (
          <details>
            <summary>{count(commits.length, 'commit')}</summary>
            <ul>
              {commits.map(({ commit, ...counts }) => (
                <li key={commit}>
                  <code>{commit.slice(0, 8)}</code> {counts.failures} of {counts.runs} (
                  {interval(counts)})
                </li>
              ))}
            </ul>
          </details>
        )}
      </th>
      <td>
        <span class="strip" role="img" aria-label={stripInWords(cells)}>
          {cells.split('').map((cell, at) => (
            <span
              key={at}
              class={`mark ${cell === 'x' ? 'failed' : cell === '.' ? 'passed' : 'none'}`}
              title={`${letters[cell] ?? cell}, ${moment(runs[at]?.startedAt ?? '')}`}
            />
          ))}
        </span>
      </td>
      <td class="number">
        <strong>{rate.failures}</strong> of {rate.runs}
      </td>
      <td class="rate">
        <Whisker counts={rate} />
        <span class="interval">{interval(rate)}</span>
      </td>
      <td>
        {unique.map((verdict) => (
          <Verdict key={verdict} verdict={verdict} />
        ))}
      </td>
      <td class="number">{lostMs === 0 ? '–' : duration(lostMs)}</td>
    </tr>
  )
}

function stripInWords(cells: string): string {
  const runs = cells.split('').map((cell) => letters[cell] ?? cell)
  const latest = runs.at(-1) ?? 'unknown'
  const failed = runs.filter((run) => run === 'failed').length
  return `failed in ${failed} of ${runs.length} runs, in the latest: ${latest}`
}
