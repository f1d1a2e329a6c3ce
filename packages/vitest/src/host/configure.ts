import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { IsolaneError, presentable } from '@isolane/core'
import type { Lanes } from '@isolane/core'
import { collectVariable, laneCapacity, projectRoot, sandboxWanted } from '@isolane/core/host'
import type { SandboxSettings } from '@isolane/core/host'
import { ForksPoolWorker } from 'vitest/node'
import type { PoolOptions, TestProject, Vitest, VitestPluginContext } from 'vitest/node'
import type { IsolatedOptions } from '../plugin.ts'
import { LaneReporter } from './lane-reporter.ts'
import { IsolatedPoolThread } from './pool-thread.ts'
import { IsolatedPoolWorker } from './pool-worker.ts'
import { ProjectLanes } from './project-lanes.ts'
import { ProjectSandbox } from './project-sandbox.ts'
import { SandboxReporter } from './sandbox-reporter.ts'
import * as seenInside from './seen-inside.ts'
import { listenForKey, watchConfigModules, watchInputs } from './watch-inputs.ts'

const setupFile = fileURLToPath(new URL('../child/between-files.js', import.meta.url))

/**
 * Gives a project its lanes when its pool is `isolated`, and says so when it is not.
 *
 * @returns what finds the modules that tests write in their sandboxes; undefined without sandboxes.
 */
export async function configure(
  { vitest, project }: VitestPluginContext,
  lanes: Lanes,
  { spareWorkers, runtime = 'forks', sandbox }: IsolatedOptions,
  projects: Map<string, ProjectLanes>,
): Promise<typeof seenInside | undefined> {
  // Not stdout: reporters may print a document for machines there.
  const print = (line: string): void => vitest.logger.error(line)
  if (project.config.browser.enabled) {
    print(`isolane: project "${project.name}" runs in a browser, where there are no lanes.`)
    return undefined
  }
  if (project.config.pool !== 'isolated') {
    print(
      `isolane: lanes are off, because the pool is "${project.config.pool}". Run vitest with --pool=isolated.`,
    )
    return undefined
  }
  // Vitest 4 decides it when the run begins.
  project.config.maxWorkers ||= vitest.config.maxWorkers || defaultWorkers(vitest.config.watch)
  const settings = wanted(sandbox)
  if (runtime === 'threads') refuseForThreads(project, settings)
  const { coverage } = vitest.config
  if (coverage.enabled && coverage.provider !== 'istanbul') {
    // Vitest 5 does so itself: code from a compile cache has lost the positions that coverage of V8 goes by.
    project.config.env = { ...project.config.env, NODE_DISABLE_COMPILE_CACHE: '1' }
  }
  if (projects.size === 0) {
    const reporter = new LaneReporter({ projects, watch: vitest.config.watch, print })
    vitest.config.reporters.push(reporter)
    reporter.hint(listenForKey(vitest, projects, reporter))
    watchConfigModules(vitest)
    vitest.onClose(async () => {
      await Promise.all([...projects.values()].map((one) => one.close()))
    })
  }
  const capacity = await laneCapacity(lanes)
  if (capacity !== undefined && capacity.lanes < project.config.maxWorkers) {
    print(
      `isolane: ${capacity.lanes} workers instead of ${project.config.maxWorkers}: "${capacity.resource}" has no more to give on this machine.`,
    )
    project.config.maxWorkers = capacity.lanes
  }
  const onMessage = (message: string): void => print(`isolane: ${message}`)
  const report = reportOf(vitest, print)
  const projectLanes = new ProjectLanes({
    lanes,
    root: project.config.root,
    workers: project.config.maxWorkers,
    spareWorkers,
    sandbox: settings && new ProjectSandbox({ project, settings, report, onMessage }),
    onMessage,
  })
  projects.set(project.name, projectLanes)
  watchInputs(vitest, project.config.root, lanes, projectLanes)
  report.watch(projectLanes)
  if (!project.config.isolate) project.config.setupFiles.unshift(setupFile)
  project.config.poolRunner = {
    name: 'isolated',
    // Collecting tests (`vitest list`) runs none of them: no lane is needed.
    createPoolWorker: (pool) =>
      pool.method === 'collect'
        ? Object.assign(new ForksPoolWorker(collecting(pool)), { name: 'isolated' })
        : runtime === 'threads'
          ? new IsolatedPoolThread(projectLanes, pool)
          : new IsolatedPoolWorker(projectLanes, pool),
  }
  return settings === undefined ? undefined : seenInside
}

/** What Vitest takes by itself. */
function defaultWorkers(watch: boolean): number {
  const cores = availableParallelism()
  return Math.max(watch ? Math.floor(cores / 2) : cores - 1, 1)
}

function collecting(pool: PoolOptions): PoolOptions {
  return { ...pool, env: { ...pool.env, [collectVariable]: '1' } }
}

function refuseForThreads(project: TestProject, sandbox: SandboxSettings | undefined): void {
  const reason =
    sandbox !== undefined
      ? 'a sandbox is for processes: the threads of one share its network, files and directory. '
      : !project.config.isolate
        ? 'with isolate: false a lane is reset between files while connections to its database are open, and the locks of SQLite do not hold between threads of one process.'
        : undefined
  if (reason === undefined) return
  throw presentable(
    new IsolaneError('ISOLANE_OPTION', {
      message: `isolated.runtime is 'threads', and ${reason.trim()}`,
      hint:
        sandbox === undefined
          ? "use runtime: 'forks', or isolate: true."
          : "use runtime: 'forks', or leave the sandbox out (isolated.sandbox, ISOLANE_SANDBOX).",
      details: { path: 'isolated.runtime', received: 'threads' },
    }),
  )
}

function wanted(sandbox: IsolatedOptions['sandbox']): SandboxSettings | undefined {
  try {
    return sandboxWanted({ option: sandbox })
  } catch (error) {
    throw presentable(error)
  }
}

/** One report for all projects of a run, whichever plugin gave them their lanes. */
function reportOf(vitest: Vitest, print: (line: string) => void): SandboxReporter {
  const { reporters } = vitest.config
  const known = reporters.find((reporter) => reporter instanceof SandboxReporter)
  if (known !== undefined) return known
  const report = new SandboxReporter(projectRoot(vitest.config.root), print)
  reporters.push(report)
  return report
}
