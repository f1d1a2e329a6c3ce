import type { JSX } from 'preact'
import type { FlakeReport } from '../data.ts'
import { count, duration, percent } from '../figures.ts'
import { Table } from '../parts/table.tsx'
import type { Column } from '../parts/table.tsx'
import { slotsOf } from '../timeline/model.ts'

const slotColumns: readonly Column[] = [
  'slot',
  'tests and set-up',
  ...['busy', 'tests', 'failed', 'workers', 'test time', 'set-up'].map((figure) => ({ figure })),
]

/** What the machine and the lanes had to give, and how much of it was used. */
export function CapacityPage({ report }: { report: FlakeReport }): JSX.Element {
  const { capacity, runs = [] } = report
  const { cores, workers, maxWorkers, accounts, ports } = capacity
  const roles = Object.entries(accounts)
  const at = runs.findIndex((run) => run.workers.length > 0)
  const run = runs[at]
  const slots = run === undefined ? [] : slotsOf(report, at)
  const span =
    Math.max(1, ...slots.map(({ endMs }) => endMs)) -
    Math.min(Infinity, ...slots.map(({ startMs }) => startMs))
  const busy = slots.reduce((sum, { testMs }) => sum + testMs, 0)
  const setup = slots.reduce((sum, { setupMs }) => sum + setupMs, 0)
  return (
    <section class="page">
      <div class="page-head">
        <h1>Capacity</h1>
      </div>
      <dl class="cards">
        <div>
          <dt>cores</dt>
          <dd>{cores}</dd>
        </div>
        <div>
          <dt>workers in this run</dt>
          <dd>{workers}</dd>
        </div>
        <div>
          <dt>most workers</dt>
          <dd>{maxWorkers}</dd>
        </div>
        {slots.length > 0 && (
          <div>
            <dt>busy with tests</dt>
            <dd>{percent(busy / (span * slots.length))}</dd>
          </div>
        )}
      </dl>
      <p class="lead">{adviceOf(cores, workers)}</p>
      {slots.length > 0 && (
        <>
          <h2>Slots</h2>
          <p class="lead">
            Of their time they spent {percent(busy / (span * slots.length))} with tests
            {setup > 0 &&
              ` and ${percent(setup / (span * slots.length))} with the set-up of workers and lanes`}
            ; the rest they waited.
          </p>
          <Table label="Slots" columns={slotColumns}>
            {slots.map((slot) => (
              <tr key={slot.name}>
                <th scope="row" class="nowrap">
                  {slot.name}
                </th>
                <td>
                  <span class="level" aria-hidden="true">
                    <span style={{ width: `${(slot.testMs / span) * 100}%` }} />
                    <span class="setup" style={{ width: `${(slot.setupMs / span) * 100}%` }} />
                  </span>
                </td>
                <td class="number">{percent(slot.testMs / span)}</td>
                <td class="number">{slot.bars.length.toLocaleString('en')}</td>
                <td class="number">{slot.bars.filter(({ failed }) => failed).length}</td>
                <td class="number">{slot.workers.length}</td>
                <td class="number">{duration(slot.testMs)}</td>
                <td class="number">{slot.setupMs === 0 ? '–' : duration(slot.setupMs)}</td>
              </tr>
            ))}
          </Table>
        </>
      )}
      {roles.length > 0 && (
        <>
          <h2>Accounts</h2>
          <p class="lead">One of each role on every lane that was made.</p>
          <Table label="Accounts" columns={['role', { figure: 'accounts' }]} look="narrow">
            {roles.map(([role, number]) => (
              <tr key={role}>
                <th scope="row">{role}</th>
                <td class="number">{number}</td>
              </tr>
            ))}
          </Table>
        </>
      )}
      <h2>Ports</h2>
      {ports.length === 0 ? (
        <p class="faint">No lane of this run had a port.</p>
      ) : (
        <p class="ports">
          {ports.map((port) => (
            <code key={port}>{port}</code>
          ))}
        </p>
      )}
    </section>
  )
}

function adviceOf(cores: number, workers: number): string {
  const [all, machine] = [count(workers, 'worker'), count(cores, 'core')]
  if (workers < cores) {
    return `${all} on ${machine}: there is room for ${count(cores - workers, 'more worker', 'more workers')}.`
  }
  if (workers > cores) {
    return `${all} share ${machine}: tests wait for each other, and timeouts show it first.`
  }
  return `${all} on ${machine}: one for each.`
}
