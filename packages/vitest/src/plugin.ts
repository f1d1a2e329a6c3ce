import { readFile } from 'node:fs/promises'
import { checkOptions, defineLanes, IsolaneError, port, sqlite, tempDir } from '@isolane/core'
import type { Lanes, Resources, SandboxOptions } from '@isolane/core'
import type { Plugin } from 'vitest/config'
import type { ProjectLanes } from './host/project-lanes.ts'
import { supervision } from './host/supervisor/options.ts'
import type { SupervisionOptions } from './host/supervisor/options.ts'
import type * as SeenInside from './host/seen-inside.ts'

/** Options of {@link isolated}. */
export interface IsolatedOptions extends SupervisionOptions {
  /**
   * Worker processes made ahead of need. Default: one for every worker, at most one for every core.
   * 0 starts each worker when its file is due.
   */
  readonly spareWorkers?: number
  /**
   * Linux: every worker in a sandbox of its own, so that tests which use fixed ports, files of the project and
   * fixed paths under `/tmp` run side by side unchanged. `true` for a network with its own loopback, a copy-on-write
   * view of the project and of the temp directories, and processes that end with the worker; an object chooses.
   * Files go back to the project's state with the worker: between test files, not between tests, and with
   * `isolate: false` not at all. Default `false`; `ISOLANE_SANDBOX` in the environment wins (`1`, `0`,
   * `network,files`, JSON). Where sandboxes cannot be had, the run says why once and goes on with lanes alone.
   */
  readonly sandbox?: boolean | SandboxOptions
}

/**
 * A Vite plugin that makes `vitest --pool=isolated` and `pool: 'isolated'` work: every worker runs on a lane of
 * its own, and a lane is free again only after its worker has exited. Each project that has the plugin has
 * its own lanes. With another pool the tests run without lanes, and the plugin says so once.
 *
 * @param lanes what every worker gets, from `defineLanes`. Default: an empty SQLite file, a port and a temp dir.
 * @throws IsolaneError `ISOLANE_OPTION` for a wrong option. What keeps a lane from being made (a broken schema,
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
  const { spareWorkers } = options
  checkOptions('isolated', options, ['spareWorkers', 'sandbox', 'crash', 'failOnCrash', 'hang'])
  supervision(options)
  if (spareWorkers !== undefined && !(Number.isInteger(spareWorkers) && spareWorkers >= 0)) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `isolated.spareWorkers must be a whole number from 0 up; received ${String(spareWorkers)}.`,
      hint: 'leave it out for one spare per worker.',
      details: { path: 'isolated.spareWorkers', received: spareWorkers },
    })
  }
  const chosen = lanes ?? defineLanes({ database: sqlite(), port: port(), tempDir: tempDir() })
  const projects = new Map<string, ProjectLanes>()
  let inside: typeof SeenInside | undefined
  return {
    name: 'isolane',
    async configureVitest(context) {
      // Test files import this package too, for laneTest: what only the main process needs is loaded here.
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
