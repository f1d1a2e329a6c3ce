import { availableParallelism } from 'node:os'
import type { TestProject } from 'vitest/node'

/** How many workers a project may have. Vitest 4 decides it only when the run begins (`resolveMaxWorkers`). */
export function workersOf({ config, vitest }: TestProject): number {
  const cores = availableParallelism()
  const byDefault = vitest.config.watch ? Math.floor(cores / 2) : cores - 1
  return config.maxWorkers || vitest.config.maxWorkers || Math.max(byDefault, 1)
}
