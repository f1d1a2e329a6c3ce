import { fileURLToPath } from 'node:url'
import { presentable } from '@isolane/core'
import type { Lanes } from '@isolane/core'
import { laneCapacity, projectRoot, sandboxWanted } from '@isolane/core/host'
import type { SandboxSettings } from '@isolane/core/host'
import { ForksPoolWorker } from 'vitest/node'
import type { Vitest, VitestPluginContext } from 'vitest/node'
import type { IsolatedOptions } from '../plugin.ts'
import { LaneReporter } from './lane-reporter.ts'
import { IsolatedPoolWorker } from './pool-worker.ts'
import { ProjectLanes } from './project-lanes.ts'
import { ProjectSandbox } from './project-sandbox.ts'
import { SandboxReporter } from './sandbox-reporter.ts'
import { CrashReporter } from './supervisor/crash-reporter.ts'
import { supervision } from './supervisor/options.ts'
import { Supervisor } from './supervisor/supervisor.ts'
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
  { spareWorkers, sandbox, ...supervised }: IsolatedOptions,
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
    sandbox: settings && new ProjectSandbox({ project, settings, report, onMessage }),
    onMessage,
  })
  projects.set(project.name, projectLanes)
  report.watch(projectLanes)
  const supervisor = new Supervisor({
    project,
    supervision: supervision(supervised),
    reporter: crashReporterOf(vitest, print),
    print,
    waits: async (lane) => await projectLanes.waits(lane),
  })
  if (!project.config.isolate) project.config.setupFiles.unshift(setupFile)
  project.config.poolRunner = {
    name: 'isolated',
    // Collecting tests (`vitest list`) runs none of them: no lane is needed.
    createPoolWorker: (pool) =>
      pool.method === 'collect'
        ? Object.assign(new ForksPoolWorker(pool), { name: 'isolated' })
        : new IsolatedPoolWorker(projectLanes, supervisor, pool),
  }
  return settings === undefined ? undefined : seenInside
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
