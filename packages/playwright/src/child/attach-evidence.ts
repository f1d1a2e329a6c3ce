import type { ServerHandle } from '@isolane/core'
import { plainLines } from '@isolane/core/child'
import type { KeptEvidence } from '@isolane/core/child'
import type { TestInfo } from '@playwright/test'
import { describeError } from './browser-errors.ts'
import type { BrowserError } from './browser-errors.ts'
import { redact } from './secrets.ts'

/** What is known of a failed test. */
export interface Evidence {
  readonly lane: { readonly id: string; readonly generation: number; readonly slot: number }
  readonly kept: readonly KeptEvidence[]
  /** Logs of the lane's servers since the test began, by resource name. */
  readonly logs: ReadonlyMap<string, string>
  readonly errors: readonly BrowserError[]
  readonly secrets: readonly string[]
}

/** Where in each server's log a test began. */
export function markLogs(servers: ReadonlyMap<string, ServerHandle>): () => Map<string, string> {
  const marks = [...servers].map(([name, { log }]) => ({ name, log, mark: log.mark() }))
  return () => new Map(marks.map(({ name, log, mark }) => [name, log.since(mark)]))
}

/** Attaches evidence as text, without passwords and session cookies. */
export async function attachEvidence(testInfo: TestInfo, evidence: Evidence): Promise<void> {
  const attach = async (name: string, text: string): Promise<void> => {
    const body = redact(plainLines(text), evidence.secrets)
    await testInfo.attach(name, { body, contentType: 'text/plain' })
  }
  const { logs, errors } = evidence
  for (const [name, text] of logs) {
    if (text !== '') await attach(logs.size === 1 ? 'server log' : `server log (${name})`, text)
  }
  await attach('lane evidence', evidenceText(evidence))
  if (errors.length > 0) await attach('console errors', errors.map(describeError).join('\n'))
}

function evidenceText({ lane, kept, logs }: Evidence): string {
  const lines = [`lane ${lane.id}, generation ${lane.generation}, slot ${lane.slot}`]
  for (const { resource, summary, path, open, detail } of kept) {
    // Servers are shown by their logs.
    if (logs.has(resource)) continue
    lines.push('', `${resource}: ${summary}`)
    // Playwright prints the first 300 characters of an attachment: the path once, not twice.
    if (open !== undefined) lines.push(`  open: ${open}`)
    else if (path !== undefined) lines.push(`  kept: ${path}`)
    if (detail !== undefined) lines.push('', detail)
  }
  return lines.join('\n')
}
