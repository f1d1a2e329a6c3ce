/** What a worker process starts with where its tests are watched. */
import { watchTests, watchWorker } from './guard.ts'
import { runWorker } from './run-worker.ts'

await runWorker({ watchWorker, watchTests })
