import { resolve } from 'node:path'
import type { RunnerSession } from './session.ts'
import { setWorkers, workersOf } from './vitest-workers.ts'

/** The part of Vitest's resolved config that is read or changed here. */
export interface VitestConfigShape {
  pool: string
  /** A number since Vitest 4. */
  maxWorkers?: number
  fileParallelism?: boolean
  readonly watch?: boolean
  readonly inspector?: { readonly enabled?: boolean; readonly openInMainProcess?: boolean }
  readonly browser?: { readonly enabled?: boolean }
  readonly sequence?: { readonly groupOrder?: number }
  readonly attachmentsDir?: string
  readonly coverage?: { readonly enabled?: boolean; readonly reportsDirectory?: string }
  readonly root?: string
  readonly shard?: { readonly index: number; readonly count: number }
  readonly fsModuleCachePath?: string
  /** Vitest 3 alone. */
  readonly poolOptions?: {
    readonly threads?: ThreadOptions
    readonly vmThreads?: ThreadOptions
    forks?: ForkOptions
    vmForks?: ForkOptions
  }
  /** Since Vitest 5: which options the project or the command line gave. */
  readonly providedOptions?: { readonly maxWorkers?: boolean }
}

interface ThreadOptions {
  readonly singleThread?: boolean
  readonly isolate?: boolean
}

interface ForkOptions {
  readonly singleFork?: boolean
  readonly isolate?: boolean
  readonly minForks?: number
  readonly maxForks?: number
}

/** The part of a Vitest project that is read here. */
export interface VitestProjectShape {
  readonly name: string
  readonly config: VitestConfigShape
  /** Where Vitest writes the modules that its workers load. */
  readonly tmpDir?: string
  readonly vite: { readonly config: { readonly cacheDir?: string } }
}

/** The part of a Vitest that is read or changed here. */
export interface VitestShape {
  readonly projects: readonly VitestProjectShape[]
  readonly config: VitestConfigShape
}

const adjusted = new WeakSet<object>()

/** Lets the workers of all projects of a Vitest have sandboxes, and run side by side. A second call does nothing. */
export function adjust(vitest: VitestShape, session: RunnerSession): void {
  const projects = vitest.projects.filter(({ config }) => !adjusted.has(config))
  for (const { config } of projects) adjusted.add(config)
  const workers = workersOf(projects, session)
  const coverage = coverageFilesOf(vitest.config)
  for (const [index, project] of projects.entries()) {
    const { config } = project
    setWorkers(config, workers[index] ?? 1)
    inProcesses(config, session)
    share(project, session, coverage)
  }
  // A config of its own when there are projects.
  if (projects.length > 0) setWorkers(vitest.config, Math.max(...workers))
}

const processes: Readonly<Record<string, string>> = { threads: 'forks', vmThreads: 'vmForks' }

function inProcesses(config: VitestConfigShape, session: RunnerSession): void {
  if (config.browser?.enabled === true) {
    session.say('Browser Mode has no sandbox: its tests run in a browser that all of them share.')
    return
  }
  const instead = processes[config.pool]
  if (instead === undefined) return
  session.say(`pool ${instead} instead of ${config.pool}: only a process can have a sandbox.`)
  config.pool = instead
}

/** Where workers lay the coverage of V8 since Vitest 5, which the main process reads while some of them may live. */
function coverageFilesOf({ coverage, root, shard }: VitestConfigShape): string | undefined {
  if (coverage?.enabled !== true || coverage.reportsDirectory === undefined) return undefined
  const ofShard = shard === undefined ? '' : `-${shard.index}-${shard.count}`
  return resolve(root ?? '.', coverage.reportsDirectory, `.tmp${ofShard}`)
}

function share(
  { config, vite, tmpDir }: VitestProjectShape,
  session: RunnerSession,
  coverage: string | undefined,
): void {
  for (const directory of [tmpDir, vite.config.cacheDir, config.fsModuleCachePath, coverage]) {
    if (directory !== undefined) session.share(directory)
  }
  for (const directory of [config.attachmentsDir, config.coverage?.reportsDirectory]) {
    if (directory !== undefined) session.keep(directory)
  }
}
