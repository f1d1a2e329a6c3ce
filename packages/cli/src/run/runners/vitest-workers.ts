import { availableParallelism } from 'node:os'
import type { RunnerSession } from './session.ts'
import type { VitestConfigShape, VitestProjectShape } from './vitest-config.ts'

/** Tells how many workers each project runs at a time. */
export function workersOf(
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
    if (ownNumber(config) > 1) groups.set(groupOf(config), ownNumber(config))
  }
  return projects.map(({ config }) => {
    const others = session.plan.workers === undefined ? groups.get(groupOf(config)) : undefined
    return session.workers(ownNumber(config), whySerial(config), others)
  })
}

/** Sets the number of workers, and takes back what makes them run one after another. */
export function setWorkers(config: VitestConfigShape, workers: number): void {
  config.maxWorkers = workers
  if (workers > 1) config.fileParallelism = true
  const { poolOptions } = config
  if (poolOptions === undefined) return
  for (const [pool, threads] of [
    ['forks', 'threads'],
    ['vmForks', 'vmThreads'],
  ] as const) {
    const { isolate } = { ...poolOptions[threads], ...poolOptions[pool] }
    poolOptions[pool] = {
      ...poolOptions[pool],
      ...(isolate === undefined ? {} : { isolate }),
      minForks: 1,
      maxForks: workers,
      singleFork: false,
    }
  }
}

function groupOf({ sequence }: VitestConfigShape): number {
  return sequence?.groupOrder ?? 0
}

function ownNumber(config: VitestConfigShape): number {
  return config.maxWorkers ?? config.poolOptions?.forks?.maxForks ?? defaultNumber(config)
}

function defaultNumber({ watch = false }: VitestConfigShape): number {
  const cores = availableParallelism()
  return Math.max(watch ? Math.floor(cores / 2) : cores - 1, 1)
}

function whySerial(config: VitestConfigShape): string | undefined {
  if (config.fileParallelism === false) return 'fileParallelism: false'
  const { forks, threads } = config.poolOptions ?? {}
  if (config.pool === 'forks' && forks?.singleFork === true) return 'singleFork'
  if (config.pool === 'threads' && threads?.singleThread === true) return 'singleThread'
  if (ownNumber(config) !== 1) return undefined
  const given = config.providedOptions?.maxWorkers === true || defaultNumber(config) !== 1
  return given ? 'maxWorkers: 1' : undefined
}
