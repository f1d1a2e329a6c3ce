import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { FlakeReport, RunView, TestView } from '../data.ts'
import { fileOfKey, isFailure, shortKey } from '../data.ts'
import { duration } from '../figures.ts'
import { Verdict } from '../parts/badge.tsx'

const mostRuns = 120
const mostTests = 300

/** Every run as a column, every test that failed as a row. */
export function MatrixPage({ report }: { report: FlakeReport }): JSX.Element {
  const { findings, runs = [], tests = [] } = report
  const [onlyFailing, setOnlyFailing] = useState(true)
  const numbers = new Map(findings.map(({ test }, at) => [test.key, at + 1]))
  const rows = tests.filter(
    ({ key, attempts }) =>
      numbers.has(key) || attempts.some(({ outcome }) => isFailure(outcome)) || !onlyFailing,
  )
  const rank = ({ key }: TestView): number => numbers.get(key) ?? Infinity
  rows.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)))
  const used = new Set(rows.flatMap(({ attempts }) => attempts.map(({ run }) => run)))
  const columns = runs.map((run, at) => ({ run, at })).filter(({ at }) => used.has(at))
  const shownColumns = columns.slice(0, mostRuns)
  if (rows.length === 0) return <p class="empty">No test failed in any run.</p>
  return (
    <section class="page">
      <div class="page-head">
        <h1>Tests × runs</h1>
        <label class="check">
          <input
            type="checkbox"
            checked={!onlyFailing}
            onChange={(event) => setOnlyFailing(!event.currentTarget.checked)}
          />
          Tests that never failed too
        </label>
      </div>
      <p class="lead">
        Read along a row: where does it fail? Read down a column: what failed together? The first
        columns are the command as it is, the others are experiments, in order.
      </p>
      <div class="scroll fit" tabIndex={0} role="region" aria-label="Table of tests and runs">
        <table class="matrix">
          <thead>
            <tr>
              <td />
              {groupsOf(shownColumns.map(({ run }) => run)).map(({ arm, size }, at) => (
                <th key={at} scope="colgroup" colSpan={size}>
                  <span title={arm}>{arm === 'first' ? 'as it is' : arm}</span>
                </th>
              ))}
            </tr>
            <tr>
              <th scope="col" class="corner">
                test
              </th>
              {shownColumns.map(({ run, at }) => (
                <th
                  key={at}
                  scope="col"
                  title={`${run.name}, ${duration(run.wallMs)}${run.complete ? '' : ', broke off'}`}
                >
                  {at + 1}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, mostTests).map((test) => (
              <Row
                key={test.key}
                test={test}
                runs={shownColumns.map(({ at }) => at)}
                finding={numbers.get(test.key)}
                verdict={report.findings[(numbers.get(test.key) ?? 0) - 1]?.verdict}
              />
            ))}
          </tbody>
        </table>
      </div>
      <Legend />
      {rows.length > mostTests && (
        <p class="note">{rows.length - mostTests} more tests are in report.json.</p>
      )}
      {columns.length > mostRuns && (
        <p class="note">{columns.length - mostRuns} more runs are in report.json.</p>
      )}
    </section>
  )
}

function Row(props: {
  test: TestView
  runs: readonly number[]
  finding: number | undefined
  verdict: FlakeReport['findings'][number]['verdict'] | undefined
}): JSX.Element {
  const { test, runs, finding, verdict } = props
  const name = shortKey(test.key)
  return (
    <tr>
      <th scope="row">
        {finding === undefined ? (
          <span class="title">{name}</span>
        ) : (
          <a href={`#/findings/${finding}`}>{name}</a>
        )}
        <span class="below">
          <code>{fileOfKey(test.key)}</code>
          {verdict !== undefined && <Verdict verdict={verdict} />}
        </span>
      </th>
      {runs.map((run) => (
        <Cell key={run} test={test} run={run} />
      ))}
    </tr>
  )
}

function Cell({ test, run }: { test: TestView; run: number }): JSX.Element {
  const tries = test.attempts.filter((attempt) => attempt.run === run)
  if (tries.length === 0) {
    return (
      <td class="cell none">
        <span class="hidden">not run</span>
      </td>
    )
  }
  // The first try of every repetition counts; what a retry says is in its title.
  const firsts = tries.filter(({ retry }) => retry === 0)
  const ran = firsts.filter(({ outcome }) => outcome !== 'skipped' && outcome !== 'interrupted')
  const failed = ran.filter(({ outcome }) => isFailure(outcome))
  const title = tries
    .map(({ outcome, retry, startMs, endMs, error }) =>
      [retry > 0 ? `retry ${retry}: ${outcome}` : outcome, duration(endMs - startMs), error]
        .filter(Boolean)
        .join(', '),
    )
    .join('\n')
    .slice(0, 600)
  const [state, text] =
    ran.length === 0
      ? ['skipped', '–']
      : ran.length === 1
        ? failed.length === 1
          ? ['failed', '✗']
          : ['passed', '✓']
        : [
            failed.length === 0 ? 'passed' : failed.length === ran.length ? 'failed' : 'mixed',
            `${failed.length}/${ran.length}`,
          ]
  const flipped =
    failed.length > 0 && tries.some(({ retry, outcome }) => retry > 0 && outcome === 'passed')
  return (
    <td class={`cell ${state}${flipped ? ' flipped' : ''}`} title={title}>
      <span aria-hidden="true">{text}</span>
      <span class="hidden">
        {ran.length > 1 ? `${failed.length} of ${ran.length} failed` : state}
      </span>
    </td>
  )
}

function Legend(): JSX.Element {
  return (
    <ul class="legend">
      <li>
        <span class="cell passed">✓</span> passed
      </li>
      <li>
        <span class="cell failed">✗</span> failed
      </li>
      <li>
        <span class="cell failed flipped">✗</span> failed, passed on retry
      </li>
      <li>
        <span class="cell mixed">2/5</span> failed so often of so many
      </li>
      <li>
        <span class="cell skipped">–</span> skipped or interrupted
      </li>
    </ul>
  )
}

function groupsOf(runs: readonly RunView[]): { arm: string; size: number }[] {
  const groups: { arm: string; size: number }[] = []
  for (const { arm } of runs) {
    const last = groups.at(-1)
    if (last?.arm === arm) last.size += 1
    else groups.push({ arm, size: 1 })
  }
  return groups
}
