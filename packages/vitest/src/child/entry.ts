/**
 * What a worker process runs: Vitest's own worker module, named by the first argument; the second names the directory
 * for Node's compile cache, the third the file in which it notes what it is at. The slot is Vitest's pool id, which
 * only its start message tells.
 */
import { createRequire, enableCompileCache, flushCompileCache } from 'node:module'
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

const [worker, compileCache, progress] = process.argv.splice(2, 3)
if (worker === undefined || progress === undefined) {
  throw new Error('The worker module of Vitest is missing.')
}

// Processes that tests start would inherit it.
process.execArgv = process.execArgv.filter((one) => one !== youngHeap)

// Not through NODE_COMPILE_CACHE: processes that tests start would inherit it. NODE_DISABLE_COMPILE_CACHE, which Vitest
// sets for v8 coverage, switches it off here too.
enableCompileCache(compileCache)

// A hung worker is asked for its stack through SIGUSR1: on a free port, not on 9229 for all of them.
process.debugPort = 0

// Before Vitest listens for messages: every test is noted. And a spare has time: load what every test file imports.
const vitestDirectory = resolve(dirname(worker), '..')
const resolving = resolveWithin(vitestDirectory, resolve(import.meta.dirname, '..'))
const vitest = (await import(
  pathToFileURL(resolve(vitestDirectory, 'index.js')).href
)) as typeof Vitest
noteProgress(progress, vitest.TestRunner)

const guard = process.env[guardVariable]
delete process.env[guardVariable]
const { watchTests } = guard === undefined ? {} : await import('./guard.ts')
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
if (guard !== undefined) watchTests?.(vitest, vitestDirectory, JSON.parse(guard) as WorkerGuard)
try {
  // The guard watches how it is loaded.
  sqliteDriver?.()
} catch {
  // Who uses it hears why it cannot be loaded.
}

// Node writes its compile cache at a normal exit only, and workers are ended with a signal
// (https://nodejs.org/api/module.html#module-compile-cache). Nothing is written when nothing is new.
flushCompileCache()

function hasDriver(): boolean {
  const { cache } = createRequire(import.meta.url)
  return Object.keys(cache).some((path) => /[\\/]better-sqlite3[\\/]lib[\\/]index\.js$/.test(path))
}
