/**
 * The error of this package. `message` says what failed, on what; it ends with a `Hint:` line that names one
 * action. `hint` holds that action alone.
 */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
  readonly hint: string

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(`${message}\nHint: ${hint}`, options)
    Object.defineProperty(this, 'hint', { value: hint, enumerable: false })
    this.hint = hint
  }
}
