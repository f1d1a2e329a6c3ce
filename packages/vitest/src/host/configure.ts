import { fileURLToPath } from 'node:url'
import { presentable } from '@isolane/core'
import type { Lanes } from '@isolane/core'
import { laneCapacity, projectRoot, sandboxWanted } from '@isolane/core/host'
import type { SandboxSettings } from '@isolane/core/host'
import { ForksPoolWorker } from 'vitest/node'
import type { PoolOptions, Vitest, VitestPluginContext } from 'vitest/node'
import type { IsolatedOptions } from '../plugin.ts'
import { GroupedRun } from './grouped-run.ts'
import { guardEnv } from './guard-env.ts'
import { LaneReporter } from './lane-reporter.ts'
import { IsolatedPoolWorker } from './pool-worker.ts'
import { ProjectLanes } from './project-lanes.ts'
import { ProjectSandbox } from './project-sandbox.ts'
import { SandboxReporter } from './sandbox-reporter.ts'
import { groupVariable } from '../shared/groups.ts'
import { freshFileKey } from '../shared/reset-options.ts'
import { renewsKey } from '../shared/renewal.ts'
import { plain } from './plain.ts'
import { RenewingWorker } from './renewing-worker.ts'
import * as seenInside from './seen-inside.ts'

const setupFile = fileURLToPath(new URL('../child/between-files.js', import.meta.url))

/**
 * Gives a project its lanes when its pool is `isolated`, and says so when it is not.
 *
 * @returns what finds the modules that tests write in their sandboxes; undefined without sandboxes.
 */
export async function configure(
  { vitest, project }: VitestPluginContext,
  lanes: Lanes,
  { spareWorkers, sandbox, guard, ...reset }: IsolatedOptions,
  projects: Map<string, ProjectLanes>,
): Promise<typeof seenInside | undefined> {
  // Not stdout: reporters may print a document for machines there.
  const print = (line: string): void => vitest.logger.error(line)
  if (project.config.pool !== 'isolated') {
    print(
      `isolane: lanes are off, because the pool is "${project.config.pool}". Run vitest with --pool=isolated.`,
    )
    return undefined
  }
  const settings = wanted(sandbox)
  if (projects.size === 0) {
    vitest.config.reporters.push(new LaneReporter(projects, print))
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
    reset,
    sandbox: settings && new ProjectSandbox({ project, settings, report, onMessage }),
    onMessage,
  })
  projects.set(project.name, projectLanes)
  report.watch(projectLanes)
  if (!project.config.isolate && reset.reset !== 'never') {
    project.config.setupFiles.unshift(setupFile)
  }
  // A new worker would have to run tests again for what they have covered.
  project.provide(renewsKey, !vitest.config.coverage.enabled)
  project.provide(freshFileKey, reset.database === 'fresh-file')
  const run = GroupedRun.of(vitest)
  run.add(project, projectLanes)
  project.config.poolRunner = {
    name: 'isolated',
    // Collecting tests (`vitest list`) runs none of them: no lane is needed.
    createPoolWorker: (pool) =>
      pool.method === 'collect'
        ? Object.assign(new ForksPoolWorker(pool), { name: 'isolated' })
        : run.worker(
            projectLanes,
            { ...pool, env: { ...pool.env, ...guardEnv(project, guard, settings) } },
            (one) => renewing(one, projectLanes, onMessage),
          ),
  }
  return settings === undefined ? undefined : seenInside
}

function renewing(
  pool: PoolOptions,
  lanes: ProjectLanes,
  onMessage: (message: string) => void,
): RenewingWorker {
  return new RenewingWorker({
    cacheFs: lanes.cacheFs,
    make: () => new IsolatedPoolWorker(lanes, pool),
    onRenewal: ({ culprit, reason }) => {
      lanes.abandon(pool.env[groupVariable])
      onMessage(
        `${plain(culprit)} left its lane so that it could not be reset: ${plain(reason)}. What comes after it runs in a new worker, on another lane.`,
      )
    },
  })
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
