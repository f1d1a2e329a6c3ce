import { IsolaneError, isIsolaneError } from '@isolane/record/worker'
import { sqliteDriver } from '../../shared/sqlite-driver.ts'
import type { SqliteOptions } from './options.ts'

/** Runs the user's seed function on the template. Throws `ISOLANE_TEMPLATE` when it throws. */
export async function runSeed(
  seed: NonNullable<SqliteOptions['seed']>,
  path: string,
): Promise<void> {
  const db = new (sqliteDriver())(path)
  try {
    db.pragma('synchronous = OFF')
    db.pragma('foreign_keys = ON')
    await seed(db)
    if (!db.open) {
      throw new IsolaneError('ISOLANE_TEMPLATE', {
        message: 'The seed function of sqlite({ seed }) closed its connection.',
        hint: 'leave the connection open; it is closed when the function has returned.',
      })
    }
    if (db.inTransaction) {
      throw new IsolaneError('ISOLANE_TEMPLATE', {
        message: 'The seed function of sqlite({ seed }) left a transaction open.',
        hint: 'end it with COMMIT, or use db.transaction().',
      })
    }
  } catch (cause) {
    if (isIsolaneError(cause)) throw cause
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new IsolaneError('ISOLANE_TEMPLATE', {
      message: `The seed function of sqlite({ seed }) threw: ${said}${placeOf(cause)}`,
      hint: 'correct the seed function; no template was kept.',
      details: { error: said },
      cause,
    })
  } finally {
    db.close()
  }
}

const ours = new URL('../../', import.meta.url).href

// Where in the user's own code it was thrown says more than any text: frames down to the first of ours.
function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  const end = frames.findIndex((line) => line.includes(ours))
  const frame = frames
    .slice(0, end === -1 ? undefined : end)
    .find((line) => !/node:|node_modules/.test(line))
  return frame === undefined ? '' : `\n   ${frame.trimEnd().replace(/^\s+/, ' ')}`
}
