import { checkOptions, defineLanes, IsolaneError, port, sqlite, tempDir } from '@isolane/core'
import type { Lanes, Resources } from '@isolane/core'
import type { Plugin } from 'vitest/config'
import type { ProjectLanes } from './host/project-lanes.ts'

/** Options of {@link isolated}. */
export interface IsolatedOptions {
  /**
   * Worker processes made ahead of need. Default: one for every worker, at most one for every core.
   * 0 starts each worker when its file is due.
   */
  readonly spareWorkers?: number
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
  checkOptions('isolated', options, ['spareWorkers'])
  if (spareWorkers !== undefined && !(Number.isInteger(spareWorkers) && spareWorkers >= 0)) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `isolated.spareWorkers must be a whole number from 0 up; received ${String(spareWorkers)}.`,
      hint: 'leave it out for one spare per worker.',
      details: { path: 'isolated.spareWorkers', received: spareWorkers },
    })
  }
  const chosen = lanes ?? defineLanes({ database: sqlite(), port: port(), tempDir: tempDir() })
  const projects = new Map<string, ProjectLanes>()
  return {
    name: 'isolane',
    async configureVitest(context) {
      // Test files import this package too, for laneTest: what only the main process needs is loaded here.
      const { configure } = await import('./host/configure.ts')
      await configure(context, chosen, spareWorkers, projects)
    },
  }
}
