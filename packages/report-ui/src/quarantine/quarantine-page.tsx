import type { JSX } from 'preact'
import type { FlakeReport } from '../data.ts'
import { fileOfKey, shortKey } from '../data.ts'
import { interval } from '../figures.ts'
import { Issue } from '../findings/finding-detail.tsx'
import { Command } from '../parts/command.tsx'
import { Table } from '../parts/table.tsx'

type Quarantine = NonNullable<FlakeReport['quarantine']>

/** The tests in quarantine, and what the figures propose to add or remove. */
export function QuarantinePage({ quarantine }: { quarantine: Quarantine }): JSX.Element {
  const { entries, proposals, cap, path } = quarantine
  return (
    <section class="page">
      <div class="page-head">
        <h1>Quarantine</h1>
        <span class="faint">
          {entries.length} of at most {cap}, in <code>{path}</code>
        </span>
      </div>
      {proposals.length > 0 && (
        <>
          <h2>Proposals</h2>
          <ul class="proposals">
            {proposals.map(({ action, test, why, entry }) => (
              <li key={action + test}>
                <p>
                  <span class={`badge ${action === 'add' ? 'flaky' : 'good'}`}>{action}</span>{' '}
                  <strong>{shortKey(test)}</strong> <code>{fileOfKey(test)}</code>
                </p>
                <p class="faint">{why}</p>
                {entry !== undefined && (
                  <Command text={entryText(entry)} label="Entry for the quarantine file" />
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      <h2>Entries</h2>
      {entries.length === 0 ? (
        <p class="faint">No test is in quarantine.</p>
      ) : (
        <Table
          label="Entries"
          columns={['test', 'this run', 'since then', 'owner', 'reason', 'expires']}
        >
          {entries.map(({ test, outcome, sinceRate, owner, reason, issue, expires, expired }) => (
            <tr key={test}>
              <th scope="row">
                <span class="title">{shortKey(test)}</span>
                <code>{fileOfKey(test)}</code>
              </th>
              <td>{outcome === 'unknown' ? 'no such test' : outcome}</td>
              <td>
                {sinceRate.runs === 0
                  ? '–'
                  : `${sinceRate.failures} of ${sinceRate.runs} failed, ${interval(sinceRate)}`}
              </td>
              <td>{owner}</td>
              <td>
                {reason} {issue !== undefined && <Issue text={issue} />}
              </td>
              <td class={expired ? 'bad' : undefined}>
                {expires}
                {expired && ' (expired)'}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  )
}

// As people write it: the counts on one line.
function entryText(entry: object): string {
  return JSON.stringify(entry, null, 2).replace(
    /\{\s+"runs": (\d+),\s+"failures": (\d+)\s+\}/,
    '{ "runs": $1, "failures": $2 }',
  )
}
