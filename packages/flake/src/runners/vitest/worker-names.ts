import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TestModule, Vitest } from 'vitest/node'
import { environment } from '../environment.ts'

/** The worker that ran a file, and its place. */
export interface WorkerName {
  readonly worker?: string
  readonly slot?: number
}

// Vitest 4.1 gives each file a number of its own and calls it the worker's, and tells the reporter none.
const inWorker = `
import { threadId } from 'node:worker_threads'
const worker = threadId === 0 ? String(process.pid) : process.pid + '.' + threadId
export default class extends Base {
  async onCollectStart(file) {
    process.env[${JSON.stringify(environment.vitestWorker)}] = worker
    file.meta.isolane = { worker, slot: Number(process.env.VITEST_POOL_ID) }
    await super.onCollectStart?.(file)
  }
}
`

/** Has the workers of Vitest 4.1 say who they are; later versions tell it themselves. */
export function askWorkers(vitest: Vitest): void {
  if (!vitest.version.startsWith('4.')) return
  const runner = pathToFileURL(join(vitest.distPath, 'index.js')).href
  for (const { config } of vitest.projects) {
    if (config.browser.enabled) continue
    const base =
      config.runner === undefined
        ? `import { TestRunner as Base } from ${JSON.stringify(runner)}`
        : `import Base from ${JSON.stringify(pathToFileURL(config.runner).href)}`
    config.runner = `data:text/javascript,${encodeURIComponent(base + inWorker)}`
  }
}

/** Which worker ran a file, as far as Vitest or the worker has told. */
export function workerOf(module: TestModule): WorkerName {
  const { workerId, concurrencyId } = module.diagnostic() as Partial<
    ReturnType<TestModule['diagnostic']>
  >
  const told = module.meta() as { readonly isolane?: Required<WorkerName> }
  const worker = told.isolane?.worker ?? (workerId ? String(workerId) : undefined)
  const slot = told.isolane?.slot ?? concurrencyId ?? 0
  return { ...(worker === undefined ? {} : { worker }), ...(slot > 0 ? { slot } : {}) }
}
