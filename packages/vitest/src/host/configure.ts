import { fileURLToPath } from 'node:url'
import { presentable } from '@isolane/core'
import type { Lanes } from '@isolane/core'
import { collectVariable, laneCapacity, projectRoot, sandboxWanted } from '@isolane/core/host'
import type { SandboxSettings } from '@isolane/core/host'
import { ForksPoolWorker } from 'vitest/node'
import type { PoolOptions, Vitest, VitestPluginContext } from 'vitest/node'
import type { IsolatedOptions } from '../plugin.ts'
import { guardEnv } from './guard-env.ts'
import { LaneReporter } from './lane-reporter.ts'
import { IsolatedPoolThread } from './pool-thread.ts'
import { IsolatedPoolWorker } from './pool-worker.ts'
import { ProjectLanes } from './project-lanes.ts'
import { ProjectSandbox } from './project-sandbox.ts'
import { refuseForThreads } from './refuse-for-threads.ts'
import { SandboxReporter } from './sandbox-reporter.ts'
import { freshFileKey } from '../shared/reset-options.ts'
import { renewsKey } from '../shared/renewal.ts'
import { CrashReporter } from './supervisor/crash-reporter.ts'
import { supervision } from './supervisor/options.ts'
import { Supervisor } from './supervisor/supervisor.ts'
import * as seenInside from './seen-inside.ts'
import { RunTurns } from './turns/run-turns.ts'
import { workersOf } from './workers-of.ts'
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
  options: IsolatedOptions,
  projects: Map<string, ProjectLanes>,
): Promise<typeof seenInside | undefined> {
  const { spareWorkers, runtime = 'forks', sandbox, guard, reset } = options
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
  const workers = (project.config.maxWorkers = workersOf(project))
  const settings = wanted(sandbox)
  if (runtime === 'threads') refuseForThreads(project, settings, options)
  const { coverage } = vitest.config
  if (coverage.enabled && coverage.provider !== 'istanbul') {
    // Vitest 5 does so itself: code from a compile cache has lost the positions that coverage of V8 goes by.
    project.config.env = { ...project.config.env, NODE_DISABLE_COMPILE_CACHE: '1' }
  }
  const turns = RunTurns.of(vitest)
  if (projects.size === 0) {
    const reporter = new LaneReporter({ projects, turns, watch: vitest.config.watch, print })
    vitest.config.reporters.push(reporter)
    reporter.hint(listenForKey(vitest, projects, reporter))
    watchConfigModules(vitest)
    vitest.onClose(async () => {
      await Promise.all([...projects.values()].map((one) => one.close()))
    })
  }
  const capacity = await laneCapacity(lanes)
  if (capacity !== undefined && capacity.lanes < workers) {
    print(
      `isolane: ${capacity.lanes} workers instead of ${workers}: "${capacity.resource}" has no more to give on this machine.`,
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
    reset: options,
    sandbox: settings && new ProjectSandbox({ project, settings, report, onMessage }),
    onMessage,
    onBegin: (host) => turns.begin(host),
  })
  projects.set(project.name, projectLanes)
  watchInputs(vitest, project.config.root, lanes, projectLanes)
  report.watch(projectLanes)
  const supervisor = new Supervisor({
    project,
    supervision: supervision(options),
    reporter: crashReporterOf(vitest, print),
    print,
    waits: async (lane) => await projectLanes.waits(lane),
  })
  if (!project.config.isolate && reset !== 'never') {
    project.config.setupFiles.unshift(setupFile)
    // What the user's setup files write is for the file after them.
    if (project.config.sequence.setupFiles === 'parallel') {
      print(
        `isolane: setup files of project "${project.name}" run one after another (sequence.setupFiles: 'list'): with isolate: false the lane is reset before them.`,
      )
      project.config.sequence.setupFiles = 'list'
    }
  }
  // A new worker would have to run tests again for what they have covered.
  project.provide(renewsKey, !vitest.config.coverage.enabled && runtime === 'forks')
  project.provide(freshFileKey, options.database === 'fresh-file')
  turns.add(project, {
    limits: options.limits ?? {},
    groups: projectLanes.groups,
    auto: options.maxWorkers === 'auto',
    workers,
    lanes: project.config.maxWorkers,
    cacheFs: () => projectLanes.cacheFs,
    makeWorker: (pool) =>
      runtime === 'threads'
        ? new IsolatedPoolThread(projectLanes, pool)
        : new IsolatedPoolWorker(projectLanes, supervisor, {
            ...pool,
            env: { ...pool.env, ...guardEnv(project, guard, settings) },
          }),
    fileDone: (file) => projectLanes.fileDone(file),
    holdSpares: (hold) => projectLanes.holdSpares(hold),
    print,
  })
  project.config.poolRunner = {
    name: 'isolated',
    // Collecting tests (`vitest list`) runs none of them: no lane is needed.
    createPoolWorker: (pool) =>
      pool.method === 'collect'
        ? Object.assign(new ForksPoolWorker(collecting(pool)), { name: 'isolated' })
        : turns.worker(pool),
  }
  return settings === undefined ? undefined : seenInside
}

function collecting(pool: PoolOptions): PoolOptions {
  return { ...pool, env: { ...pool.env, [collectVariable]: '1' } }
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

/** One list of crashes for all projects of a run. */
function crashReporterOf(vitest: Vitest, print: (line: string) => void): CrashReporter {
  const { reporters } = vitest.config
  const known = reporters.find((reporter) => reporter instanceof CrashReporter)
  if (known !== undefined) return known
  const reporter = new CrashReporter(vitest, print)
  reporters.push(reporter)
  return reporter
}
