import type { JSX } from 'preact'
import type { AttemptView, FlakeReport, TestView } from '../data.ts'
import { fileOfKey, shortKey } from '../data.ts'
import { count, duration } from '../figures.ts'
import { Table } from '../parts/table.tsx'

const most = 5

/** What there is to say when no test failed: that it is so, what failed before, and what took longest. */
export function NoFindings({ report }: { report: FlakeReport }): JSX.Element {
  const { totals, capacity, history, tests = [] } = report
  const before = (history?.tests.length ?? 0) + (history?.moreTests ?? 0)
  const slowest = tests
    .flatMap((test) => test.attempts.map((attempt) => ({ test, attempt })))
    .filter(({ attempt }) => attempt.outcome === 'passed')
    .toSorted((a, b) => msOf(b.attempt) - msOf(a.attempt))
    .slice(0, most)
  return (
    <section class="page">
      <div class="empty">
        <p class="big">
          {totals.tests === 0
            ? 'No test ran.'
            : totals.failed + totals.missing === 0
              ? 'Nothing failed.'
              : 'No finding.'}
        </p>
        <p>
          {totals.tests === 0
            ? 'The command found none. Look at the files that it was asked for.'
            : `${count(totals.passed, 'test')} passed on ${count(capacity.workers, 'worker')}. There is nothing to explain.`}
        </p>
        {before > 0 && (
          <p>
            {count(before, 'test')} failed in the runs before: see the{' '}
            <a href="#/history">history</a>.
          </p>
        )}
      </div>
      {slowest.length > 0 && (
        <>
          <h2>What took longest</h2>
          <Table label="What took longest" columns={['test', 'slot', { figure: 'time' }]}>
            {slowest.map((one) => (
              <Row key={one.test.key} {...one} />
            ))}
          </Table>
        </>
      )}
    </section>
  )
}

function Row({ test, attempt }: { test: TestView; attempt: AttemptView }): JSX.Element {
  return (
    <tr>
      <th scope="row">
        {shortKey(test.key)} <code>{fileOfKey(test.key)}</code>
      </th>
      <td>{attempt.slot ?? '–'}</td>
      <td class="number">{duration(msOf(attempt))}</td>
    </tr>
  )
}

function msOf({ startMs, endMs }: AttemptView): number {
  return endMs - startMs
}
