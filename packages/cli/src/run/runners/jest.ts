import inspector from 'node:inspector'
import type { Adapter } from './adapter.ts'
import { sandboxForks } from './fork-hook.ts'
import { changed, replaceModules } from './replaced-modules.ts'
import { adjust } from './jest-config.ts'
import type { JestConfigModule } from './jest-config.ts'
import { inProcesses, markWorkers, testWorker } from './jest-workers.ts'
import type { JestRunnerModule, JestWorkerModule } from './jest-workers.ts'

/** Jest 29 and 30 with jest-runner, its default. */
export const jest: Adapter = {
  name: 'Jest',
  install(session) {
    sandboxForks(({ options: { env = process.env } }) => {
      if (env[testWorker] === undefined) return undefined
      return session.enter({
        env: { ...env, [testWorker]: undefined },
        slot: Number(env['JEST_WORKER_ID']) || undefined,
      })
    }, filesOf)
    const run = { tests: Infinity }
    const debugged = inspector.url() !== undefined
    replaceModules([
      changed(
        (url, _, parent) => core.test(parent) && /\/jest-config\/build\/index\.js$/.test(url),
        (exports) => adjust(exports as unknown as JestConfigModule, session, debugged),
      ),
      changed(
        (url) => runner.test(url),
        (exports) => inProcesses(exports as unknown as JestRunnerModule, run),
      ),
      {
        matches: (url, _, parent) =>
          runner.test(parent) && /\/jest-worker\/build\/index\.js$/.test(url),
        format: 'commonjs',
        source: (real, give) => `module.exports = ${give}(require(${real}))\n`,
        give: (exports: JestWorkerModule) => markWorkers(exports, run),
      },
    ])
  },
}

const core = /\/@jest\/core\/build\/index\.js$/
const runner = /\/jest-runner\/build\/index\.js$/

/** Messages to a worker: `[type, …, method, arguments]`, see jest-worker's types. */
function filesOf(message: unknown): readonly string[] {
  const [type, , method, args] = Array.isArray(message) ? (message as unknown[]) : []
  const [first] = Array.isArray(args) ? (args as ({ path?: unknown } | undefined)[]) : []
  return type === 1 && method === 'worker' && typeof first?.path === 'string' ? [first.path] : []
}
