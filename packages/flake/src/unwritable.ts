import { IsolaneError, isIsolaneError } from '@isolane/record'

/** What cannot be written, and why. */
export function unwritable(what: string, path: string, cause: unknown): IsolaneError {
  // Node.js ends such messages with the paths, which are said already.
  const why = (cause instanceof Error ? cause.message : String(cause)).replace(/ '.*$/s, '')
  return new IsolaneError('ISOLANE_RECORD', {
    message: `Cannot write ${what}: ${why}`,
    hint: 'make room on the disk, or let this user write there.',
    details: { path },
    cause,
  })
}

/**
 * Does work that writes into a directory.
 *
 * @throws `ISOLANE_RECORD` when the system refuses: the disk is full, or belongs to others.
 */
export async function writingInto<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const isOfSystem = error instanceof Error && 'syscall' in error && !isIsolaneError(error)
    throw isOfSystem ? unwritable(`into ${directory}`, directory, error) : error
  }
}
