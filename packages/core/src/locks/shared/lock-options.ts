import { IsolaneError, printable } from '@isolane/record/worker'
import { checkOptions, kindOf } from '../../shared/options.ts'

/** `exclusive`: nobody else holds the name. `shared`: others may hold it too, as long as they share it. */
export type LockMode = 'exclusive' | 'shared'

/** How a lock is asked for. */
export interface LockOptions {
  /** For all names of the call. Default `exclusive`. */
  readonly mode?: LockMode
  /** How long it may wait, in milliseconds; 0 does not wait. Default: without end. */
  readonly timeoutMs?: number
  /** Ends the waiting: the call rejects with its reason. What is held already stays held. */
  readonly signal?: AbortSignal
}

const longestName = 200
const mostNames = 100
// What a timer can wait: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
const mostMs = 2_147_483_647

/**
 * The names of a lock, each once, in the order given.
 *
 * @throws IsolaneError `ISOLANE_OPTION` for what cannot name a lock.
 */
export function lockNames(received: unknown): readonly string[] {
  const names: readonly unknown[] = Array.isArray(received) ? received : [received]
  if (names.length === 0 || names.length > mostNames) {
    throw wrong(
      `lock() takes 1 to ${mostNames} names, received ${names.length}.`,
      'name what only one test may use at a time, for example lock(["billing"], …).',
    )
  }
  for (const name of names) {
    if (typeof name !== 'string') {
      throw wrong(
        `lock() takes a name or an array of names, received ${kindOf(name)}${Array.isArray(received) ? ' in the array' : ''}.`,
        'write lock("billing", …) or lock(["billing", "stock"], …).',
      )
    }
    if (name === '' || name.length > longestName || !name.isWellFormed()) {
      throw wrong(
        `lock() cannot take the name "${printable(name.slice(0, 40))}${name.length > 40 ? '…' : ''}" (${name.length} characters).`,
        `use 1 to ${longestName} characters of well-formed Unicode.`,
      )
    }
  }
  return [...new Set(names as readonly string[])]
}

/**
 * Checks the options of a lock.
 *
 * @throws IsolaneError `ISOLANE_OPTION` for a wrong one.
 */
export function checkLockOptions(options: LockOptions): void {
  checkOptions('lock()', options, ['mode', 'timeoutMs', 'signal'])
  const { mode = 'exclusive', timeoutMs = 0, signal } = options as Readonly<Record<string, unknown>>
  if (mode !== 'exclusive' && mode !== 'shared') {
    const given = typeof mode === 'string' ? `"${printable(mode.slice(0, 40))}"` : kindOf(mode)
    throw wrong(
      `lock.mode must be "exclusive" or "shared", received ${given}.`,
      'leave it out for an exclusive lock.',
    )
  }
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0 && timeoutMs <= mostMs)) {
    const given = typeof timeoutMs === 'number' ? String(timeoutMs) : kindOf(timeoutMs)
    throw wrong(
      `lock.timeoutMs must be a number of milliseconds from 0 to ${mostMs}, received ${given}.`,
      'leave it out to wait without end.',
    )
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw wrong(
      `lock.signal must be an AbortSignal, received ${kindOf(signal)}.`,
      'pass the signal of the test, or of an AbortController.',
    )
  }
}

/** The names as messages show them: quoted, one line, no more than three. */
export function shownNames(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `"${printable(name)}"`)
  if (names.length > 3) shown.push(`${names.length - 3} more`)
  return shown.join(', ')
}

function wrong(message: string, hint: string): IsolaneError {
  return new IsolaneError('ISOLANE_OPTION', { message, hint, details: { path: 'lock' } })
}
