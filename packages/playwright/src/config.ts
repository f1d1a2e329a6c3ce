import { fileURLToPath } from 'node:url'
import { checkOptions, defaultLanes, IsolaneError } from '@isolane/core'
import type { Lanes, Resources, SandboxOptions } from '@isolane/core'
import type { PlaywrightTestConfig } from '@playwright/test'
import { rememberLanes } from './shared/config-lanes.ts'

/** Options of {@link isolated}. */
export interface IsolatedOptions {
  /**
   * Lanes kept ready beyond those in use, for the worker that replaces one after a failed test. Default 1.
   * 0 makes the replacement wait until the lane of its predecessor is reset.
   */
  readonly spares?: number
  /**
   * Linux: every worker, with its browsers, in a sandbox of its own, so that tests which use fixed ports, files of the
   * project and fixed paths under `/tmp` run side by side unchanged. `true` for a network with its own loopback, a
   * copy-on-write view of the project and of the temp directories, and processes that end with the worker; an object
   * chooses. What the main process listens on, a `webServer` included, is reached from all of them. Files go back to
   * the project's state with the worker; what a project writes that others depend on is kept. Default `false`;
   * `ISOLANE_SANDBOX` in the environment wins (`1`, `0`, `network,files`, JSON). Where sandboxes cannot be had, the
   * run says why once and goes on with lanes alone.
   */
  readonly sandbox?: boolean | SandboxOptions
}

const globalSetup = fileURLToPath(new URL('./host/global-setup.js', import.meta.url))

/**
 * Wraps a Playwright config, so that every worker gets a lane of its own. A global setup is put before those of
 * the config: it starts the host of the run's lanes in the main process, and ends it after the last global
 * teardown. `playwright test --list` starts nothing.
 *
 * When there are fewer lanes than workers (finite accounts, say), the run has fewer workers and says so.
 *
 * @param lanes what every worker gets, from `defineLanes`. Default: an empty SQLite file, a port and a temp dir.
 * @param config the config, as given to `defineConfig` or made by it.
 * @returns the config to export as default.
 * @throws IsolaneError `ISOLANE_OPTION` for a wrong option. What keeps a lane from being made (a broken schema,
 *   seed or seed contract, a server that does not start) ends the run before its first test.
 * @example
 * ```ts
 * import { isolated } from '@isolane/playwright'
 * import { defineConfig } from '@playwright/test'
 * import { lanes } from './lanes.ts'
 *
 * export default isolated(lanes, defineConfig({ testDir: 'e2e' }))
 * ```
 */
export function isolated<R extends Resources, Test = object, Worker = object>(
  lanes: Lanes<R> | undefined,
  config: PlaywrightTestConfig<Test, Worker>,
  options: IsolatedOptions = {},
): PlaywrightTestConfig<Test, Worker> {
  const { spares = 1, sandbox } = options
  checkOptions('isolated', options, ['spares', 'sandbox'])
  if (!(Number.isInteger(spares) && spares >= 0)) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `isolated.spares must be a whole number from 0 up; received ${String(spares)}.`,
      hint: 'leave it out for one spare lane.',
      details: { path: 'isolated.spares', received: spares },
    })
  }
  // Every worker evaluates the config file again; lanes are made by the main process alone.
  if (process.env['TEST_WORKER_INDEX'] !== undefined) return config
  rememberLanes({
    lanes: lanes ?? defaultLanes(),
    spares,
    sandbox,
  })
  const theirs = config.globalSetup ?? []
  return {
    ...config,
    globalSetup: [globalSetup, ...(typeof theirs === 'string' ? [theirs] : theirs)],
  }
}
