import type { JSX } from 'preact'
import { duration, offset } from '../figures.ts'
import type { SlotRow } from './model.ts'

const most = 400

/** The timeline in words and figures, a row for each worker. */
export function WorkersTable({ rows }: { rows: readonly SlotRow[] }): JSX.Element {
  const workers = rows.flatMap((row) => row.workers.map((band) => ({ row, band })))
  return (
    <details class="as-table">
      <summary>The same as a table</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label="Workers">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">slot</th>
              <th scope="col">worker</th>
              <th scope="col" class="number">
                from
              </th>
              <th scope="col" class="number">
                to
              </th>
              <th scope="col" class="number">
                tests
              </th>
              <th scope="col" class="number">
                failed
              </th>
              <th scope="col">what failed</th>
              <th scope="col">how it ended</th>
            </tr>
          </thead>
          <tbody>
            {workers.slice(0, most).map(({ row, band }) => {
              const bars = row.bars.filter(({ attempt }) => attempt.worker === band.worker)
              const failed = bars.filter((bar) => bar.failed)
              return (
                <tr key={row.name + band.worker}>
                  <th scope="row">{row.name}</th>
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
                    {band.end === undefined
                      ? ''
                      : [band.end, band.detail].filter(Boolean).join(': ')}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      {workers.length > most && (
        <p class="note">{workers.length - most} more workers are in report.json.</p>
      )}
    </details>
  )
}
