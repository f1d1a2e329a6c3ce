import { resolve } from 'node:path'
import type { SandboxSettings } from '@isolane/core/host'
import type { TestProject } from 'vitest/node'
import type { IsolatedOptions } from '../plugin.ts'
import { guardSettings } from '../shared/guard.ts'
import { guardVariable } from '../shared/worker-guard.ts'
import type { WorkerGuard } from '../shared/worker-guard.ts'

/** Variables that tell a worker what to watch for: none when nobody wants to know. */
export function guardEnv(
  { name, config }: TestProject,
  guard: IsolatedOptions['guard'],
  sandbox: SandboxSettings | undefined,
): Readonly<Record<string, string>> {
  const settings = guardSettings(guard)
  // Named by whoever wants a record of this run, and written by a reporter.
  const record = process.env['ISOLANE_RECORD']
  if (settings.level === 'off' && !record) return {}
  const told: WorkerGuard = {
    ...settings,
    project: name,
    root: config.root,
    isolate: config.isolate,
    unstubEnvs: config.unstubEnvs,
    keptApart: sandbox?.parts ?? [],
    ...(record ? { record: resolve(record) } : {}),
  }
  return { [guardVariable]: JSON.stringify(told) }
}
