import type { JSX } from 'preact'
import { fileOfKey, shortKey } from '../data.ts'
import { duration } from '../figures.ts'
import { Table } from '../parts/table.tsx'
import type { Bar, SlotRow } from './model.ts'

const most = 20

/** The tests of other workers that ran while a test failed, those that did so longest first. */
export function Beside(props: {
  rows: readonly SlotRow[]
  victim: string
  culprits: ReadonlySet<string>
}): JSX.Element | null {
  const { rows, victim, culprits } = props
  const bars = rows.flatMap((row) => row.bars.map((bar) => ({ row, bar })))
  const own = bars.filter(({ bar }) => bar.test.key === victim)
  const failed = own.find(({ bar }) => bar.failed) ?? own[0]
  if (failed === undefined) return null
  const beside = bars
    .filter(({ row, bar }) => row !== failed.row && overlapMs(bar, failed.bar) > 0)
    .sort((a, b) => overlapMs(b.bar, failed.bar) - overlapMs(a.bar, failed.bar))
  return (
    <>
      <h2>Ran beside it</h2>
      {beside.length === 0 ? (
        <p class="faint">No test of another worker ran while it failed.</p>
      ) : (
        <Table
          label="Tests that ran beside it"
          columns={['test', 'slot', 'outcome', { figure: 'together' }]}
        >
          {beside.slice(0, most).map(({ row, bar }) => (
            <tr key={bar.test.key + bar.startMs}>
              <th scope="row">
                {shortKey(bar.test.key)} <code>{fileOfKey(bar.test.key)}</code>{' '}
                {culprits.has(bar.test.key) && <span class="badge culprit">culprit</span>}
              </th>
              <td class="nowrap">{row.name}</td>
              <td>{bar.attempt.outcome}</td>
              <td class="number">{duration(overlapMs(bar, failed.bar))}</td>
            </tr>
          ))}
        </Table>
      )}
      {beside.length > most && (
        <p class="note">{beside.length - most} more ran beside it for a shorter time.</p>
      )}
    </>
  )
}

function overlapMs(a: Bar, b: Bar): number {
  return Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs)
}
