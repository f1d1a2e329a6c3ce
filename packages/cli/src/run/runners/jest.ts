import inspector from 'node:inspector'
import type { Adapter } from './adapter.ts'
import { sandboxForks } from './fork-hook.ts'
import { adjust } from './jest-config.ts'
import type { JestConfigModule } from './jest-config.ts'
import { explainFailures } from './jest-errors.ts'
import { inProcesses, markWorkers, testWorker } from './jest-workers.ts'
import type { JestRunnerModule, JestWorkerModule } from './jest-workers.ts'
import { changeRequired } from './required-modules.ts'

/** Jest 29 and 30 with jest-runner, its default. */
export const jest: Adapter = {
  name: 'Jest',
  install(session) {
    sandboxForks(
      ({ options }) => {
        if (!(testWorker in options)) return undefined
        const env = options.env ?? process.env
        return session.enter({ env, slot: Number(env['JEST_WORKER_ID']) || undefined })
      },
      filesOf,
      explainFailures,
    )
    const run = { tests: Infinity }
    const debugged = inspector.url() !== undefined
    changeRequired([
      {
        name: /^jest-config$/,
        parent: /\/@jest\/core\/build\//,
        change: (exports) => adjust(exports as JestConfigModule, session, debugged),
      },
      {
        name: runner,
        change: (exports) => inProcesses(exports as JestRunnerModule, run),
      },
      {
        name: /^jest-worker$/,
        parent: runner,
        change: (exports) => markWorkers(exports as JestWorkerModule, run),
      },
    ])
  },
}

// The config names it by its path.
const runner = /(?:^|\/)jest-runner(?:\/build\/index\.js)?$/

/** Messages to a worker: `[type, …, method, arguments]`, see jest-worker's types. */
function filesOf(message: unknown): readonly string[] {
  const [type, , method, args] = Array.isArray(message) ? (message as unknown[]) : []
  const [first] = Array.isArray(args) ? (args as ({ path?: unknown } | undefined)[]) : []
  return type === 1 && method === 'worker' && typeof first?.path === 'string' ? [first.path] : []
}
