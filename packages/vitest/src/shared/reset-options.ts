import { IsolaneError } from '@isolane/core'

/** When the lanes of a project go back to their base, and how. */
export interface ResetOptions {
  /**
   * When a lane goes back to its base. `'file'` (default): between test files. `'group'`: between groups, see `group`.
   * `'never'`: each worker hands its lane on as its file left it, and no worker is made ahead of need. Tests that want
   * the base before every test say so with `laneTest(lanes, { reset: 'test' })`.
   */
  readonly reset?: 'file' | 'group' | 'never'
  /**
   * With `reset: 'group'`: names the group of a test file. Files with the same name run one after another, each in its
   * own worker unless `isolate` is off, on one lane whose state they share. Called once for every file of a run with its
   * path from the project's root, with `/` on every platform; `undefined` leaves a file on its own.
   */
  readonly group?: (file: string) => string | undefined
  /**
   * `'reset'` (default): the database file stays, and a reset brings its content back. `'fresh-file'`: every test file
   * gets a new database file, for tests of migrations, journal modes or page sizes. Connections must be closed by then:
   * with `isolate: false` a file that leaves one open is named.
   */
  readonly database?: 'reset' | 'fresh-file'
}

const when = ['file', 'group', 'never'] as const
const how = ['reset', 'fresh-file'] as const

/** @throws IsolaneError `ISOLANE_OPTION`. */
export function checkResetOptions(
  options: ResetOptions & { readonly spareWorkers?: number; readonly sandbox?: unknown },
): void {
  const { reset = 'file', group, database = 'reset', spareWorkers = 0 } = options
  if ((reset as unknown) === 'test') {
    throw wrong(
      'reset',
      reset,
      `${listed(when)}; a reset before every test is up to the test file`,
      {
        hint:
          "use laneTest(lanes, { reset: 'test' }) in the files that need it." +
          (options.sandbox === undefined || options.sandbox === false
            ? ''
            : ' It resets the lane; the project in a sandbox begins anew with the next worker, because a process keeps what it has opened.'),
      },
    )
  }
  if (!when.includes(reset)) throw wrong('reset', reset, listed(when))
  if (!how.includes(database)) throw wrong('database', database, listed(how))
  if (reset === 'group' && typeof group !== 'function') {
    throw wrong('group', group, "a function with reset: 'group'", {
      hint: "name groups, for example with group: (file) => file.split('/')[0].",
    })
  }
  if (reset !== 'group' && group !== undefined) {
    throw wrong('group', group, `left out with reset: '${reset}'`, {
      hint: "set reset: 'group', or remove group.",
    })
  }
  if (reset === 'never' && database === 'fresh-file') {
    throw wrong('database', database, "'reset' with reset: 'never'", {
      hint: "remove reset: 'never', or database: 'fresh-file'.",
    })
  }
  if (reset === 'never' && spareWorkers > 0) {
    throw wrong('spareWorkers', spareWorkers, "0 with reset: 'never'", {
      hint: 'remove spareWorkers: a worker made ahead of need has a lane of its own.',
    })
  }
}

function wrong(
  name: string,
  received: unknown,
  allowed: string,
  { hint = `write one of ${allowed}.` }: { hint?: string } = {},
): IsolaneError {
  const path = `isolated.${name}`
  const shown =
    typeof received === 'function' ? 'a function' : (JSON.stringify(received) ?? 'nothing')
  return new IsolaneError('ISOLANE_OPTION', {
    message: `${path} must be ${allowed}; received ${shown}.`,
    hint,
    details: { path, received: shown },
  })
}

function listed(values: readonly string[]): string {
  const quoted = values.map((value) => `'${value}'`)
  return `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1) ?? ''}`
}

/** The key under which a worker is told that a reset between files means new files. */
export const freshFileKey = 'isolane:fresh-file'

declare module 'vitest' {
  interface ProvidedContext {
    'isolane:fresh-file': boolean
  }
}
