/**
 * What a worker process runs: Vitest's own worker module, named by the first argument; the second names the directory
 * for Node's compile cache. The slot is Vitest's pool id, which only its start message tells.
 */
import { enableCompileCache, flushCompileCache } from 'node:module'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { guardVariable } from '../shared/worker-guard.ts'
import type { WorkerGuard } from '../shared/worker-guard.ts'
import { noteSnapshots } from './note-snapshots.ts'

const [worker, compileCache] = process.argv.splice(2, 2)
if (worker === undefined) throw new Error('The worker module of Vitest is missing.')

// Not through NODE_COMPILE_CACHE: processes that tests start would inherit it. NODE_DISABLE_COMPILE_CACHE, which Vitest
// sets for v8 coverage, switches it off here too.
enableCompileCache(compileCache)

await import(pathToFileURL(worker).href)

// Vitest's listener is there now, and no message was read before it; ours must come before it acts.
process.prependListener('message', (message: unknown) => {
  const { type, poolId } = message as { type?: unknown; poolId?: unknown }
  if (type === 'start') process.env['ISOLANE_SLOT'] = String(poolId)
})

const layer = process.env['ISOLANE_LAYER']
if (layer) noteSnapshots(layer)

// A spare has time: load what every test file imports.
const vitestDirectory = resolve(dirname(worker), '..')
const vitest = (await import(
  pathToFileURL(resolve(vitestDirectory, 'index.js')).href
)) as typeof import('vitest')

const guard = process.env[guardVariable]
if (guard !== undefined) {
  delete process.env[guardVariable]
  const { watchTests } = await import('./guard.ts')
  watchTests(vitest, vitestDirectory, JSON.parse(guard) as WorkerGuard)
}

// Node writes its compile cache at a normal exit only, and workers are ended with a signal
// (https://nodejs.org/api/module.html#module-compile-cache). Nothing is written when nothing is new.
flushCompileCache()
