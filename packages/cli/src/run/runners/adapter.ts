import type { RunnerSession } from './session.ts'

/** How the workers of one test runner are put into sandboxes. Its module is loaded in the runner's main process. */
export interface Adapter {
  /** As people call the runner. */
  readonly name: string
  /**
   * Called once, just before the runner's own modules are loaded. It makes the hooks by which workers get their
   * sandboxes (`session.enter`) and by which more than one of them run at a time (`session.workers`). Nothing here
   * may wait, and nothing may throw: what it cannot do it says with `session.say`.
   *
   * @param module path of the module by which the preload knew the runner.
   */
  install(session: RunnerSession, module: string): void
}
