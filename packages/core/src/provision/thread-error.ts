import { IsolaneError, isIsolaneError } from '@isolane/record/worker'
import type { IsolaneErrorCode } from '@isolane/record/worker'

/** An error as plain data, so that it keeps its code, details and stack on the way between threads. */
export interface ThreadError {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: string
  /** Present when the error is an `IsolaneError`. */
  readonly isolane?: { readonly hint?: string; readonly details: Record<string, unknown> }
  readonly details?: unknown
  readonly cause?: ThreadError
}

const deepestCause = 8

/** Turns whatever was thrown in a thread into plain data. */
export function flattenError(thrown: unknown, depth = 0): ThreadError {
  if (!(thrown instanceof Error)) {
    return { name: 'Error', message: typeof thrown === 'string' ? thrown : describe(thrown) }
  }
  const { code, details } = thrown as { code?: unknown; details?: unknown }
  const isolane = isIsolaneError(thrown)
    ? {
        isolane: {
          ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
          details: cloneable(thrown.details) ? thrown.details : {},
        },
      }
    : {}
  return {
    name: thrown.name,
    message: thrown.message,
    ...(thrown.stack === undefined ? {} : { stack: thrown.stack }),
    ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
    ...(details !== undefined && cloneable(details) ? { details } : {}),
    ...(thrown.cause === undefined || depth >= deepestCause
      ? {}
      : { cause: flattenError(thrown.cause, depth + 1) }),
    ...isolane,
  }
}

/** Turns the plain data back into an error; an `IsolaneError` becomes one again. */
export function reviveError(data: ThreadError): Error {
  const cause = data.cause === undefined ? undefined : reviveError(data.cause)
  const error =
    data.isolane === undefined ? revivePlain(data, cause) : reviveIsolane(data, data.isolane, cause)
  if (data.stack !== undefined) {
    Object.defineProperty(error, 'stack', {
      value: data.stack,
      configurable: true,
      writable: true,
    })
  }
  return error
}

function reviveIsolane(
  data: ThreadError,
  { hint, details }: NonNullable<ThreadError['isolane']>,
  cause: Error | undefined,
): IsolaneError {
  const suffix = `\nHint: ${hint}`
  const message =
    hint !== undefined && data.message.endsWith(suffix)
      ? data.message.slice(0, -suffix.length)
      : data.message
  return new IsolaneError(data.code as IsolaneErrorCode, { message, hint, details, cause })
}

function revivePlain(data: ThreadError, cause: Error | undefined): Error {
  const error = new Error(data.message, cause === undefined ? undefined : { cause })
  Object.defineProperty(error, 'name', { value: data.name, configurable: true, writable: true })
  return Object.assign(error, {
    ...(data.code === undefined ? {} : { code: data.code }),
    ...(data.details === undefined ? {} : { details: data.details }),
  })
}

function cloneable(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}

function describe(thrown: unknown): string {
  try {
    return JSON.stringify(thrown) ?? String(thrown)
  } catch {
    return String(thrown)
  }
}
