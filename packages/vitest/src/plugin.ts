import { readFile } from 'node:fs/promises'
import { checkOptions, defaultLanes, IsolaneError } from '@isolane/core'
import type { Lanes, Resources, SandboxOptions } from '@isolane/core'
import type { Plugin } from 'vitest/config'
import type { ProjectLanes } from './host/project-lanes.ts'
import { supervision } from './host/supervisor/options.ts'
import type { SupervisionOptions } from './host/supervisor/options.ts'
import { checkResetOptions } from './shared/reset-options.ts'
import type { ResetOptions } from './shared/reset-options.ts'
import type * as SeenInside from './host/seen-inside.ts'
import { guardSettings } from './shared/guard.ts'
import type { GuardLevel, GuardOptions } from './shared/guard.ts'
import { checkLimits } from './host/turns/limits.ts'

/** Options of {@link isolated}. */
export interface IsolatedOptions extends ResetOptions, SupervisionOptions {
  /**
   * Worker processes made ahead of need. Default: one for every worker, at most one for every core.
   * 0 starts each worker when its file is due.
   */
  readonly spareWorkers?: number
  /**
   * What a worker is: a process (`'forks'`, default) or a thread of Vitest's own process (`'threads'`), which starts
   * sooner. A thread has `process.env` and a lane of its own. It has no sandbox, no working directory of its own, and
   * no live reset: with `isolate: false` and for `laneTest`'s `reset: 'test'` it is refused, as are `crash`,
   * `failOnCrash` and `hang`. `spareWorkers` is for processes.
   */
  readonly runtime?: 'forks' | 'threads'
  /**
   * Linux: every worker in a sandbox of its own, so that tests which use fixed ports, files of the project and
   * fixed paths under `/tmp` run side by side unchanged. `true` for a network with its own loopback, a copy-on-write
   * view of the project and of the temp directories, and processes that end with the worker; an object chooses.
   * Files go back to the project's state with the worker: between test files, not between tests, and with
   * `isolate: false` not at all. Default `false`; `ISOLANE_SANDBOX` in the environment wins (`1`, `0`,
   * `network,files`, JSON). Where sandboxes cannot be had, the run says why once and goes on with lanes alone.
   */
  readonly sandbox?: boolean | SandboxOptions
  /**
   * What happens when a test listens on, connects to, writes or opens what is not its lane's, or leaves a transaction,
   * server, process, timer, listener, variable or working directory behind: `warn` prints it once per test with its
   * place, `error` fails the test. What a sandbox keeps apart is not mentioned. `{ level, allow }` names globs of
   * paths and numbers of ports that tests may use besides. Default `off`.
   */
  readonly guard?: GuardLevel | GuardOptions
  /**
   * How many test files that match a glob run at once: `{ 'legacy/**': 1 }` runs those one after another, beside the
   * others. Globs start at the project's root. A file that matches several waits for all of them; the same
   * glob in several projects of a run is one limit, and the smallest number holds. No worker stands idle for it while
   * another file could run. Each run counts for itself: what no two runs may use at once needs a `lock`.
   */
  readonly limits?: Readonly<Record<string, number>>
  /**
   * `'auto'`: no more workers than cores, and fewer while memory or CPU is short, by other processes, other runs
   * of this user or the limits of a control group; more again later, and one line for each change. Vitest's own
   * `maxWorkers` stays the most there are. Default: always that many.
   */
  readonly maxWorkers?: 'auto'
}

const setupFile = /[\\/]@isolane[\\/]vitest[\\/]dist[\\/]child[\\/]between-files\.js$/

/**
 * A Vite plugin that makes `vitest --pool=isolated` and `pool: 'isolated'` work: every worker runs on a lane of
 * its own, and a lane is free again only after its worker has exited. Each project that has the plugin has
 * its own lanes. With another pool the tests run without lanes, and the plugin says so once.
 *
 * @param lanes what every worker gets, from `defineLanes`. Default: an empty SQLite file, a port and a temp dir.
 * @throws IsolaneError `ISOLANE_OPTION` for a wrong option, `ISOLANE_RUNTIME` for a version of Vitest that is neither
 *   4.1 or later below 5 nor 5.1 or later below 6. What keeps a lane from being made (a broken schema,
 *   seed or seed contract, a server that does not start) ends the run before its first test.
 * @example
 * ```ts
 * import { isolated } from '@isolane/vitest'
 * import { defineConfig } from 'vitest/config'
 *
 * export default defineConfig({ plugins: [isolated()], test: { pool: 'isolated' } })
 * ```
 */
export function isolated<R extends Resources>(
  lanes?: Lanes<R>,
  options: IsolatedOptions = {},
): Plugin {
  const { spareWorkers, runtime = 'forks' } = options
  checkOptions('isolated', options, [
    'spareWorkers',
    'runtime',
    'sandbox',
    'guard',
    'reset',
    'group',
    'database',
    'limits',
    'maxWorkers',
    'crash',
    'failOnCrash',
    'hang',
  ])
  checkResetOptions(options)
  guardSettings(options.guard)
  checkLimits(options.limits)
  supervision(options)
  if (spareWorkers !== undefined && !(Number.isInteger(spareWorkers) && spareWorkers >= 0)) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `isolated.spareWorkers must be a whole number from 0 up; received ${String(spareWorkers)}.`,
      hint: 'leave it out for one spare per worker.',
      details: { path: 'isolated.spareWorkers', received: spareWorkers },
    })
  }
  if (runtime !== 'forks' && runtime !== 'threads') {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `isolated.runtime must be 'forks' or 'threads'; received ${JSON.stringify(runtime)}.`,
      hint: "use 'forks'; there is no isolation between the contexts of a vm pool's process.",
      details: { path: 'isolated.runtime', received: runtime },
    })
  }
  const maxWorkers: unknown = options.maxWorkers
  if (maxWorkers !== undefined && maxWorkers !== 'auto') {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `isolated.maxWorkers must be 'auto'; received ${JSON.stringify(maxWorkers)}.`,
      hint: "set a number in Vitest's own test.maxWorkers.",
      details: { path: 'isolated.maxWorkers', received: maxWorkers },
    })
  }
  const chosen = lanes ?? defaultLanes()
  const projects = new Map<string, ProjectLanes>()
  let inside: typeof SeenInside | undefined
  return {
    name: 'isolane',
    config({ test }) {
      const inlined = test?.server?.deps?.inline
      // A setup file of a package would be evaluated once a worker, and with isolate: false a worker has many files.
      return inlined === true ? undefined : { test: { server: { deps: { inline: [setupFile] } } } }
    },
    async configureVitest(context) {
      // Test files import this package too, for laneTest: what only the main process needs is loaded here.
      const { checkVitest } = await import('./host/check-vitest.ts')
      checkVitest(context.vitest.version)
      const { configure } = await import('./host/configure.ts')
      inside = await configure(context, chosen, options, projects)
    },
    // A module that a test has written is in its sandbox alone. After every other plugin; only Vite itself comes later.
    resolveId: {
      order: 'post',
      handler: (source, importer) => inside?.importInside(source, importer),
    },
    load: {
      order: 'post',
      async handler(id) {
        const file = inside?.moduleInside(id)
        return file === undefined ? undefined : await readFile(file, 'utf8')
      },
    },
  }
}
