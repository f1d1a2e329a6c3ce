/**
 * The error of this package. `message` says what failed, on what; it ends with a `Hint:` line that names one
 * action. `problem` holds the message without that line, `hint` that action alone.
 */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
  declare readonly problem: string
  declare readonly hint: string

  constructor(problem: string, hint: string, options?: ErrorOptions) {
    super(`${problem}\nHint: ${hint}`, options)
    // Not enumerable: whoever prints the error would show them twice.
    Object.defineProperties(this, { problem: { value: problem }, hint: { value: hint } })
  }
}
