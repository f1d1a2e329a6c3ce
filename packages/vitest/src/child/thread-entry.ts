/**
 * What a worker thread runs: Vitest's own worker module, named in its environment. The slot is Vitest's pool id, which
 * only its start message tells.
 */
import { pathToFileURL } from 'node:url'
import { parentPort } from 'node:worker_threads'
import { threadModule } from '../shared/thread-module.ts'

const worker = process.env[threadModule]
if (worker === undefined) throw new Error('The worker module of Vitest is missing.')
// Processes that tests start would inherit it.
delete process.env[threadModule]

await import(pathToFileURL(worker).href)

// After Vitest's own listener, which starts the port: what comes before that is kept. Both hear a message at once, and
// nothing of the user's runs before.
parentPort?.on('message', (message: unknown) => {
  const { type, poolId } = message as { type?: unknown; poolId?: unknown }
  if (type === 'start') process.env['ISOLANE_SLOT'] = String(poolId)
})
