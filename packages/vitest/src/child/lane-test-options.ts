import { isMainThread } from 'node:worker_threads'
import { checkOptions, IsolaneError } from '@isolane/core'

/** Options of {@link laneTest}. */
export interface LaneTestOptions {
  /**
   * When the lane goes back to its base. `file` (default): between files. `test`: before every test, with the
   * connections of the worker and of the app server open; what `beforeAll` wrote is gone then too. Files that a
   * sandbox keeps apart are no part of the lane: they go with the worker, after its file.
   */
  readonly reset?: 'test' | 'file'
  /**
   * What a reset does with databases in files. `'reset'` (default): the file stays, and connections with it. `'fresh-file'`,
   * with `reset: 'test'`: every test gets a new file, for tests of migrations, journal modes or page sizes; each closes
   * the connections it opens.
   */
  readonly database?: 'reset' | 'fresh-file'
}

/** @throws IsolaneError `ISOLANE_OPTION`. */
export function resolveLaneTestOptions(options: LaneTestOptions): {
  readonly reset: 'test' | 'file'
  readonly fresh: boolean
} {
  checkOptions('laneTest', options, ['reset', 'database'])
  const { reset = 'file', database = 'reset' } = options
  if (reset !== 'test' && reset !== 'file') {
    throw wrong(
      'reset',
      reset,
      "'test' or 'file'",
      "use reset: 'test' for a fresh lane before every test.",
    )
  }
  if (reset === 'test' && !isMainThread) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `laneTest.reset is 'test', but this worker is a thread: a lane is reset while connections to its database are open, and the locks of SQLite do not hold between threads of one process.`,
      hint: "use isolated(lanes, { runtime: 'forks' }), or laneTest(lanes, { reset: 'file' }).",
      details: { path: 'laneTest.reset' },
    })
  }
  if (database !== 'reset' && database !== 'fresh-file') {
    throw wrong(
      'database',
      database,
      "'reset' or 'fresh-file'",
      "use database: 'fresh-file' for a new file before every test.",
    )
  }
  if (database === 'fresh-file' && reset !== 'test') {
    throw wrong(
      'database',
      database,
      "'reset' with reset: 'file'",
      "set reset: 'test'; for a new file before every test file use isolated(lanes, { database: 'fresh-file' }).",
    )
  }
  return { reset, fresh: database === 'fresh-file' }
}

function wrong(name: string, received: unknown, allowed: string, hint: string): IsolaneError {
  const path = `laneTest.${name}`
  return new IsolaneError('ISOLANE_OPTION', {
    message: `${path} must be ${allowed}; received ${JSON.stringify(received)}.`,
    hint,
    details: { path, received },
  })
}
