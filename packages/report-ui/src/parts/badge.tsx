import type { JSX } from 'preact'
import { toneOf } from '../data.ts'
import type { Finding } from '../data.ts'

/** A verdict in its colour. */
export function Verdict({ verdict }: { verdict: Finding['verdict'] }): JSX.Element {
  return <span class={`badge ${toneOf(verdict)}`}>{verdict}</span>
}

/** What is known beside the verdict: mechanism, cause. */
export function Tags({ finding }: { finding: Finding }): JSX.Element {
  const { mechanism, cause, quarantine, evidence } = finding
  return (
    <>
      {mechanism !== undefined && <span class="badge plain">{mechanism}</span>}
      {cause !== 'unknown' && <span class="badge plain">{cause}</span>}
      {evidence.some(({ kind }) => kind === 'budget') && (
        <span class="badge plain">not decided</span>
      )}
      {quarantine !== undefined && (
        <span class="badge plain">
          {quarantine.state === 'active'
            ? 'quarantined'
            : quarantine.state === 'expired'
              ? 'quarantine expired'
              : 'quarantined as flaky'}
        </span>
      )}
    </>
  )
}
