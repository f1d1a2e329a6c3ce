import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { RunnerSession } from './session.ts'

/** The part of Vitest's resolved config that is read or changed here. */
export interface VitestConfigShape {
  pool: string
  maxWorkers: number
  fileParallelism?: boolean
  readonly watch?: boolean
  readonly inspector?: { readonly enabled?: boolean; readonly openInMainProcess?: boolean }
  readonly browser?: { readonly enabled?: boolean }
  readonly sequence?: { readonly groupOrder?: number }
  readonly attachmentsDir?: string
  readonly coverage?: { readonly reportsDirectory?: string }
  readonly fsModuleCachePath?: string
  /** Since Vitest 5: which options the project or the command line gave. */
  readonly providedOptions?: { readonly maxWorkers?: boolean }
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
  const workers = numbers(projects, session)
  for (const [index, project] of projects.entries()) {
    const { config } = project
    parallel(config, workers[index] ?? config.maxWorkers)
    inProcesses(config, session)
    share(project, session)
  }
  vitest.config.maxWorkers = Math.max(vitest.config.maxWorkers, ...workers)
}

function numbers(
  projects: readonly VitestProjectShape[],
  session: RunnerSession,
): readonly number[] {
  if (projects.some(({ config }) => config.inspector?.enabled === true)) {
    session.leaveOut('network', 'a debugger must reach the worker, which is the only one.')
    return projects.map(() => 1)
  }
  // Vitest refuses projects of one group that differ in their number of workers, unless it is 1.
  const groups = new Map<number, number>()
  for (const { config } of projects) {
    if (config.maxWorkers > 1) groups.set(config.sequence?.groupOrder ?? 0, config.maxWorkers)
  }
  return projects.map(({ config }) => {
    const number = session.workers(config.maxWorkers, whySerial(config))
    const others = groups.get(config.sequence?.groupOrder ?? 0)
    return session.plan.workers === undefined && number !== 1 ? (others ?? number) : number
  })
}

function whySerial(config: VitestConfigShape): string | undefined {
  if (config.maxWorkers !== 1) return undefined
  if (config.fileParallelism === false) return 'fileParallelism: false'
  const cores = availableParallelism()
  const own = Math.max(config.watch === true ? Math.floor(cores / 2) : cores - 1, 1)
  return config.providedOptions?.maxWorkers === true || own !== 1 ? 'maxWorkers: 1' : undefined
}

function parallel(config: VitestConfigShape, workers: number): void {
  config.maxWorkers = workers
  if (workers > 1) config.fileParallelism = true
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

function share({ config, vite, tmpDir }: VitestProjectShape, session: RunnerSession): void {
  for (const directory of [tmpDir, vite.config.cacheDir, config.fsModuleCachePath]) {
    if (directory !== undefined) session.share(directory)
  }
  for (const directory of [config.attachmentsDir, config.coverage?.reportsDirectory]) {
    if (directory !== undefined) session.keep(join(directory))
  }
}
