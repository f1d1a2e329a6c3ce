import type { JSX } from 'preact'
import { duration, offset } from '../figures.ts'
import { Table } from '../parts/table.tsx'
import type { Column } from '../parts/table.tsx'
import type { SlotRow } from './model.ts'

const most = 400
const columns: readonly Column[] = [
  'slot',
  'worker',
  ...['from', 'to', 'tests', 'failed'].map((figure) => ({ figure })),
  'what failed',
  'how it ended',
]

/** The timeline in words and figures, a row for each worker. */
export function WorkersTable({ rows }: { rows: readonly SlotRow[] }): JSX.Element {
  const workers = rows.flatMap((row) => row.workers.map((band) => ({ row, band })))
  return (
    <details class="as-table">
      <summary>The same as a table</summary>
      <Table label="Workers" columns={columns}>
        {workers.slice(0, most).map(({ row, band }) => {
          const bars = row.bars.filter(({ attempt }) => attempt.worker === band.worker)
          const failed = bars.filter((bar) => bar.failed)
          return (
            <tr key={row.name + band.worker}>
              <th scope="row" class="nowrap">
                {row.name}
              </th>
              <td>{band.worker}</td>
              <td class="number">{offset(band.startMs)}</td>
              <td class="number">{offset(band.endMs)}</td>
              <td class="number">{bars.length}</td>
              <td class="number">{failed.length}</td>
              <td>
                {failed
                  .slice(0, 5)
                  .map(
                    ({ test, startMs, endMs }) =>
                      `${test.titlePath.at(-1) ?? test.file} (${offset(startMs)}, ${duration(endMs - startMs)})`,
                  )
                  .join('; ')}
                {failed.length > 5 && `; ${failed.length - 5} more`}
              </td>
              <td>
                {band.end === undefined ? '' : [band.end, band.detail].filter(Boolean).join(': ')}
              </td>
            </tr>
          )
        })}
      </Table>
      {workers.length > most && (
        <p class="note">{workers.length - most} more workers are in report.json.</p>
      )}
    </details>
  )
}
