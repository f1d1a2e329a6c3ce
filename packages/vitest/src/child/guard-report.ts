import type { Finding } from '@isolane/core/trace'
import { findingHint, findingText, IsolaneError } from '@isolane/core/trace/report'

// Tests may replace it, and what they see of it must not be ours.
const write = process.stderr.write.bind(process.stderr)

/** Tells the user what tests did outside their lane and what they left behind. */
export class GuardReport {
  readonly #root: string
  readonly #said = new Map<string, Set<string>>()

  constructor(root: string) {
    this.#root = root
  }

  /** Prints what was not printed yet of a test, suite or file. */
  warn(title: string, findings: readonly Finding[]): void {
    const said = this.#said.get(title) ?? new Set<string>()
    this.#said.set(title, said)
    const fresh = findings.filter((finding) => {
      const text = findingText('', [finding], this.#root)
      return !said.has(text) && said.add(text)
    })
    if (fresh.length === 0) return
    write(`isolane: ${findingText(title, fresh, this.#root)}\nHint: ${findingHint(fresh)}\n`)
  }

  /** The error with which a test fails for its findings. It points at the first place among them. */
  error(title: string, findings: readonly Finding[]): Error {
    const error = new IsolaneError('ISOLANE_GUARD', {
      message: findingText(title, findings, this.#root),
      hint: findingHint(findings),
      details: { title, findings },
    })
    const at = findings.find((finding) => finding.at !== undefined)?.at
    const frame = at === undefined ? '' : `\n    at ${at.file}:${at.line}:${at.column}`
    error.stack = `${error.name}: ${error.message}${frame}`
    return error
  }
}
