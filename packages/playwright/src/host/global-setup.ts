import { dirname } from 'node:path'
import { IsolaneError, presentable } from '@isolane/core'
import { ensureCacheDir, inCharge, LaneHost, sandboxWanted } from '@isolane/core/host'
import type { FullConfig } from '@playwright/test'
import { rememberedLanes } from '../shared/config-lanes.ts'
import type { ConfigLanes } from '../shared/config-lanes.ts'
import { WorkerSandboxes } from './worker-sandboxes.ts'

/** What the run has until its last teardown. */
interface Running {
  readonly host: LaneHost
  readonly sandboxes: WorkerSandboxes | undefined
}

/**
 * Playwright's global setup in the main process: starts the run's host and names it in the environment that
 * workers inherit. What it returns runs after every other teardown.
 */
export default async function globalSetup(config: FullConfig): Promise<() => Promise<void>> {
  const { host, sandboxes } = await start(config).catch((error: unknown) => {
    throw presentable(error)
  })
  // The dispatcher reads this after the global setup: a worker too many would only wait for a lane.
  config.workers = Math.min(config.workers, host.limit)
  const outer = Object.fromEntries(Object.keys(host.env).map((name) => [name, process.env[name]]))
  Object.assign(process.env, host.env)
  return async () => {
    for (const [name, value] of Object.entries(outer)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
    await Promise.all([host.close(), sandboxes?.close()])
  }
}

async function start(config: FullConfig): Promise<Running> {
  const { lanes, spares, sandbox } = remembered()
  // isolane run makes the sandboxes of all that it runs.
  const outer = inCharge()
  const settings = outer === undefined ? sandboxWanted({ option: sandbox }) : undefined
  let sandboxes: WorkerSandboxes | undefined
  const own = (): readonly string[] => [...host.paths, ...host.leases.map(({ name }) => name)]
  const host: LaneHost = await LaneHost.start({
    lanes,
    root: config.configFile === undefined ? process.cwd() : dirname(config.configFile),
    workers: config.workers,
    spares,
    // Playwright forks a worker before anybody knows which lane it gets.
    ownTemp: outer !== undefined || settings !== undefined,
    beforeLease: async () => await (outer ?? sandboxes)?.update(own()),
    onMessage,
  })
  try {
    for (const path of [ensureCacheDir(), ...host.paths]) outer?.share(path)
    if (settings !== undefined) {
      sandboxes = WorkerSandboxes.open({ settings, config, host, onMessage })
    }
    return { host, sandboxes }
  } catch (error) {
    await host.close()
    throw error
  }
}

// Reporters such as json own stdout.
function onMessage(message: string): void {
  process.stderr.write(`isolane: ${message}\n`)
}

function remembered(): ConfigLanes {
  const lanes = rememberedLanes()
  if (lanes !== undefined) return lanes
  throw new IsolaneError('ISOLANE_INTERNAL', {
    message: 'The global setup of @isolane/playwright ran without isolated() in the config file.',
    hint: 'export default isolated(lanes, defineConfig({ … })) in playwright.config.ts.',
  })
}
