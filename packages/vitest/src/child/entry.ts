/** What a worker process starts with. */
import { runWorker } from './run-worker.ts'

await runWorker()
