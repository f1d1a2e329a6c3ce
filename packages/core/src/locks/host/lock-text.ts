import { printable } from '@isolane/record/worker'
import { pidSpace } from '../../shared/process-identity.ts'
import { shownNames } from '../shared/lock-options.ts'
import type { BlockerRow } from './lock-queue.ts'

const most = 3

/** Which locks, on one line. */
export function lockText(names: readonly string[], exclusive = true): string {
  return `${exclusive ? '' : 'shared '}${names.length > 1 ? 'locks' : 'lock'} ${shownNames(names)}`
}

/**
 * For whom a ticket waits, on one line. `names` is what it asked for: with several, each part says which
 * of them it is about.
 */
export function blockersText(names: readonly string[], rows: readonly BlockerRow[]): string {
  const byTicket = [...Map.groupBy(rows, ({ ticket }) => ticket).values()]
  const holding = byTicket.filter(([row]) => row?.heldSince !== null)
  // Who holds explains the waiting; who waits before only when nobody holds, or as a number.
  const told = (holding.length > 0 ? holding : byTicket).slice(0, most)
  const parts = told.map((of) => blockerText(names.length > 1, of))
  const left = byTicket.length - told.length
  if (left > 0) parts.push(`${left} more before it`)
  return parts.join('; ')
}

function blockerText(withNames: boolean, rows: readonly BlockerRow[]): string {
  const [row] = rows
  if (row === undefined) return ''
  const names = withNames ? `${shownNames(rows.map(({ name }) => name))} ` : ''
  const mode = row.exclusive === 1 ? '' : ' as shared'
  const [what, since] =
    row.heldSince === null ? ['asked for', row.askedAt] : ['held', row.heldSince]
  return `${names}${what}${mode} since ${since} (${elapsed(since)}) by ${who(row)}`
}

function who({ pid, pidSpace: space, run, root, lane, test }: BlockerRow): string {
  const process = space === pidSpace() ? `pid ${pid}` : `pid ${pid} of its sandbox or container`
  const on = lane === null ? '' : `, lane ${printable(lane)}`
  const at = test === null ? '' : `, test "${short(test, 120)}"`
  return `${process}${on}${at}, run ${run.slice(0, 8)} of ${short(root, 200)}`
}

function elapsed(since: string): string {
  return `${(Math.max(0, Date.now() - Date.parse(since)) / 1000).toFixed(1)} s`
}

function short(text: string, length: number): string {
  return printable(text.length > length ? `${text.slice(0, length)}…` : text)
}
