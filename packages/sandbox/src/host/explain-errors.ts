import { appendLine } from '../shared/append-line.ts'
import type { Explain } from './fork.ts'

/**
 * Adds to the errors in a list, as runners send them, the line that says what the sandbox has to do with them. What is
 * no list, and no error, is passed over.
 */
export function explainErrors(errors: unknown, explain: Explain): void {
  for (const error of Array.isArray(errors) ? (errors as unknown[]) : []) {
    if (!isError(error)) continue
    const line = explain(error.message)
    if (line !== undefined) appendLine(error, line)
  }
}

function isError(value: unknown): value is { message: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'message' in value &&
    typeof value.message === 'string'
  )
}
