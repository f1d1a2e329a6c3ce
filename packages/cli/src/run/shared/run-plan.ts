import type { SandboxSettings } from '@isolane/sandbox'
import { withPreload } from '../../with-preload.ts'

/** What `isolane run` tells the runners that its command starts. */
export interface RunPlan {
  /** UUID of the run; workers see it as `ISOLANE_RUN`. */
  readonly run: string
  /** Identity of the `isolane` process: a runner whose `isolane` was killed ends too. */
  readonly pid: number
  /** Root of the project: what lies below it is copied on write. */
  readonly root: string
  readonly settings: SandboxSettings
  /** Directory for layers, if it fits. */
  readonly base?: string
  /** How many workers instead of the runner's own number. Default: see `parallelWorkers`. */
  readonly workers?: number | 'auto'
  /** Playwright's `webServer` stays outside, and all workers share it. */
  readonly sharedWebServer: boolean
  /** Directory of the journals, one for each runner process. */
  readonly journals: string
  /** `NODE_OPTIONS` as it was before `isolane run`; a runner's main process gets it back. */
  readonly nodeOptions?: string
}

/** Variable that holds the {@link RunPlan}, as JSON. `preload.cts` knows it by this name too. */
const planVariable = 'ISOLANE_RUN_PLAN'

/** What is added to the environment of the command, so that every Node.js process in it loads the preload. */
export function runEnvironment(plan: RunPlan, preload: string): Readonly<Record<string, string>> {
  return {
    NODE_OPTIONS: withPreload(plan.nodeOptions, preload),
    [planVariable]: JSON.stringify(plan),
  }
}

/** Takes out of the environment of this process what {@link runEnvironment} added. */
export function leaveRun(plan: RunPlan, env: NodeJS.ProcessEnv = process.env): void {
  delete env[planVariable]
  if (plan.nodeOptions === undefined) delete env['NODE_OPTIONS']
  else env['NODE_OPTIONS'] = plan.nodeOptions
}
