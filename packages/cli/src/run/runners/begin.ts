import { fileURLToPath } from 'node:url'
import { leaveRun } from '../shared/run-plan.ts'
import type { RunPlan } from '../shared/run-plan.ts'
import type { Adapter } from './adapter.ts'
import { jest } from './jest.ts'
import { playwright } from './playwright.ts'
import { RunnerSession } from './session.ts'
import { vitest } from './vitest.ts'

const adapters: Readonly<Record<string, Adapter>> = { jest, playwright, vitest }

/**
 * Called by the preload in the main process of a runner.
 *
 * @param name of the runner, in the preload's words.
 * @param url of the module by which the preload knew it.
 */
export function begin(text: string, name: string, url: string): void {
  const plan = JSON.parse(text) as RunPlan
  const adapter = adapters[name]
  // What the runner starts, its workers included, is not looked at again.
  leaveRun(plan)
  if (adapter === undefined) return
  adapter.install(new RunnerSession(plan, adapter.name), fileURLToPath(url))
}
