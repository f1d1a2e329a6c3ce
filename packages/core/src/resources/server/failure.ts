import { IsolaneError, plainLines } from '@isolane/record/worker'

/** What went wrong with an app server, in the user's words, with the end of its log. */
export function serverFailure(
  server: { readonly command: string; readonly lane: string },
  what: string,
  about: {
    readonly hint: string
    readonly log?: string
    readonly cause?: unknown
    readonly details?: Record<string, unknown>
  },
): IsolaneError {
  const { command, lane } = server
  const { hint, log = '', cause, details } = about
  const printed = log === '' ? '' : `\nIt printed:\n${plainLines(log).replace(/^/gm, '  ')}`
  return new IsolaneError('ISOLANE_SERVER', {
    message: `The app server "${command}" ${what} (lane ${lane}).${printed}`,
    hint,
    details: { command, lane, ...details },
    cause,
  })
}
