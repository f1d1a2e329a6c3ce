/** Every code an {@link IsolaneError} can carry. Match on these, never on message text. */
export type IsolaneErrorCode =
  | 'ISOLANE_OPTION' // an option is unknown or has a wrong value
  | 'ISOLANE_OUTSIDE_LANE' // lanes.current() was called where no lane is
  | 'ISOLANE_HOST_GONE' // the host did not answer or has ended
  | 'ISOLANE_TEMPLATE' // a template could not be built
  | 'ISOLANE_CLONE' // a lane's database could not be copied or verified
  | 'ISOLANE_RESET' // a lane could not be brought back to its base
  | 'ISOLANE_PORT' // no free port could be leased
  | 'ISOLANE_SERVER' // the app server did not start, died, or is not ours
  | 'ISOLANE_ACCOUNTS' // an account could not be made, or none is left
  | 'ISOLANE_SIGN_IN' // a role could not sign in on its lane
  | 'ISOLANE_SEED_CONTRACT' // an account lacks what its role's tests need
  | 'ISOLANE_REGISTRY' // the registry cannot be opened or written
  | 'ISOLANE_LANE' // a lane could not be made
  | 'ISOLANE_LOCK' // a lock was not granted in time, or asked for inside of another
  | 'ISOLANE_GUARD' // a test reached outside its lane or left something behind
  | 'ISOLANE_SANDBOX' // a sandbox could not be made
  | 'ISOLANE_CRASH' // a worker died while it ran tests
  | 'ISOLANE_HANG' // a worker made no progress and was ended
  | 'ISOLANE_COMMAND' // a command could not be started or failed
  | 'ISOLANE_RUNTIME' // this Node.js or runner version is not supported
  | 'ISOLANE_RECORD' // a record or a report cannot be read or written
  | 'ISOLANE_INTERNAL' // a fault of Isolane itself

/** What an {@link IsolaneError} is made from. */
export interface IsolaneErrorOptions {
  /** What failed, on what, with facts: slot, file, milliseconds, limit. May have further lines with possible causes. */
  message: string
  /** One action with the exact option or command. Becomes the last line of the message. */
  hint?: string | undefined
  /** Facts as plain data, for machines. */
  details?: Record<string, unknown> | undefined
  cause?: unknown
}

/**
 * The one error class of Isolane. `message` ends with a `Hint:` line when there is a `hint`;
 * `code` says what kind of failure it is, `details` holds the facts as plain data.
 */
export class IsolaneError extends Error {
  override readonly name = 'IsolaneError'
  readonly code: IsolaneErrorCode
  declare readonly hint: string | undefined
  declare readonly details: Record<string, unknown>

  constructor(code: IsolaneErrorCode, options: IsolaneErrorOptions) {
    super(
      options.hint === undefined ? options.message : `${options.message}\nHint: ${options.hint}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.code = code
    // Runners print enumerable properties below an error: what the message says already stays out of there.
    Object.defineProperty(this, 'hint', { value: options.hint })
    Object.defineProperty(this, 'details', { value: options.details ?? {} })
    if (code !== 'ISOLANE_INTERNAL') this.stack = withoutOurFrames(this.stack)
  }
}

const ourFrame = /[\\/](@isolane|packages)[\\/][\w-]+[\\/](dist|src)[\\/]/

/** A user's mistake never shows our stack: what is left is where the user's own code led to it. */
function withoutOurFrames(stack: string | undefined): string {
  const lines = (stack ?? '').split('\n')
  return lines.filter((line) => !(/^\s+at /.test(line) && ourFrame.test(line))).join('\n')
}

/** True for every error of Isolane, also one that was made by another copy of this package. */
export function isIsolaneError(error: unknown): error is IsolaneError {
  return error instanceof Error && error.name === 'IsolaneError' && 'code' in error
}

/**
 * The error as a runner should print it: a mistake of the user's shows its message and no stack of ours.
 * A fault of Isolane itself, and every foreign error, stays as it is.
 */
export function presentable(error: unknown): unknown {
  if (!isIsolaneError(error) || error.code === 'ISOLANE_INTERNAL') return error
  const shown = new Error(error.message)
  shown.name = error.name
  shown.stack = `${error.name}: ${error.message}`
  Object.defineProperty(shown, 'code', { value: error.code, enumerable: false })
  return shown
}
