import { createRequire, flushCompileCache } from 'node:module'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Vitest from 'vitest'
import { aheadVariable } from '../shared/ahead.ts'
import type { DriverUsed } from '../shared/ahead.ts'
import { isPing } from '../shared/messages.ts'
import { guardVariable } from '../shared/worker-guard.ts'
import type { WorkerGuard } from '../shared/worker-guard.ts'
import { youngHeap } from '../shared/young-heap.ts'
import { noteProgress } from './note-progress.ts'
import { resolveWithin } from './resolve-within.ts'

/** What watches the tests of a worker. */
export type Guard = Pick<typeof import('./guard.ts'), 'watchWorker' | 'watchTests'>

/**
 * What a worker process does: it runs Vitest's own worker module, named by the first argument; the second names the file
 * in which it notes what it is at, the third the directory of Node's compile cache. The slot is Vitest's pool id, which
 * only its start message tells.
 */
export async function runWorker(guard?: Guard): Promise<void> {
  const [worker, progress, compileCache] = process.argv.splice(2, 3)
  if (worker === undefined || progress === undefined) {
    throw new Error('The worker module of Vitest is missing.')
  }

  // Processes that tests start would inherit them.
  process.execArgv = process.execArgv.filter((one) => one !== youngHeap)
  if (process.env['NODE_COMPILE_CACHE'] === compileCache) delete process.env['NODE_COMPILE_CACHE']

  // A hung worker is asked for its stack through SIGUSR1: on a free port, not on 9229 for all of them.
  process.debugPort = 0

  const vitestDirectory = resolve(dirname(worker), '..')
  const { [guardVariable]: told } = process.env
  delete process.env[guardVariable]
  const settings = told === undefined ? undefined : (JSON.parse(told) as WorkerGuard)
  if (settings !== undefined) guard?.watchWorker(vitestDirectory, settings)

  // Before Vitest listens for messages: every test is noted. And a spare has time: load what every test file imports.
  const resolving = resolveWithin(vitestDirectory, resolve(import.meta.dirname, '..'))
  const vitest = (await import(
    pathToFileURL(resolve(vitestDirectory, 'index.js')).href
  )) as typeof Vitest
  noteProgress(progress, vitest.TestRunner)

  const layer = process.env['ISOLANE_LAYER']
  const { noteSnapshots } = layer ? await import('./note-snapshots.ts') : {}

  const isAhead = process.env[aheadVariable] !== undefined
  delete process.env[aheadVariable]
  const { sqliteDriver } = isAhead ? await import('@isolane/core/driver') : {}

  await import(pathToFileURL(worker).href)
  // Vitest's listener is there now. All that follows is done before a message is read, and anything of the user's loaded.
  resolving[Symbol.dispose]()

  // Tests may replace it.
  const send = process.send?.bind(process)

  // Ours must come before Vitest acts.
  process.prependListener('message', (message: unknown) => {
    const { type, poolId } = message as { type?: unknown; poolId?: unknown }
    if (type === 'start') process.env['ISOLANE_SLOT'] = String(poolId)
    if (isPing(message)) send?.(message)
    if (type === 'stop' && !isAhead && hasDriver()) {
      send?.({ isolane: 'driver-used' } satisfies DriverUsed)
    }
  })

  if (layer) noteSnapshots?.(layer)
  if (settings !== undefined) guard?.watchTests(vitest, settings)
  try {
    // The guard watches how it is loaded.
    sqliteDriver?.()
  } catch {
    // Who uses it hears why it cannot be loaded.
  }

  // Node writes its compile cache at a normal exit only, and workers are ended with a signal
  // (https://nodejs.org/api/module.html#module-compile-cache). Nothing is written when nothing is new.
  flushCompileCache()
}

function hasDriver(): boolean {
  const { cache } = createRequire(import.meta.url)
  return Object.keys(cache).some((path) => /[\\/]better-sqlite3[\\/]lib[\\/]index\.js$/.test(path))
}
