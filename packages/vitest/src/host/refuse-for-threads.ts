import { IsolaneError, presentable } from '@isolane/core'
import type { SandboxSettings } from '@isolane/core/host'
import type { TestProject } from 'vitest/node'
import type { IsolatedOptions } from '../plugin.ts'
import { guardSettings } from '../shared/guard.ts'

/** @throws IsolaneError `ISOLANE_OPTION` for what only a process can have. */
export function refuseForThreads(
  project: TestProject,
  sandbox: SandboxSettings | undefined,
  { guard, crash, failOnCrash, hang }: IsolatedOptions,
): void {
  if (sandbox !== undefined) {
    throw refusal(
      'a sandbox is for processes: the threads of one share its network, files and directory.',
      'or leave the sandbox out (isolated.sandbox, ISOLANE_SANDBOX).',
    )
  }
  if (guardSettings(guard).level !== 'off') {
    throw refusal(
      "the guard watches a process: what a thread leaves behind ends with the thread, or is the whole process's.",
      'or leave the guard out.',
    )
  }
  if ([crash, failOnCrash, hang].some((option) => option !== undefined)) {
    throw refusal(
      'crash, failOnCrash and hang are for processes: a crash of native code takes all threads with it, and a thread is not watched for progress.',
      'or leave them out.',
    )
  }
  if (!project.config.isolate) {
    throw refusal(
      'with isolate: false a lane is reset between files while connections to its database are open, and the locks of SQLite do not hold between threads of one process.',
      'or isolate: true.',
    )
  }
}

function refusal(reason: string, instead: string): unknown {
  return presentable(
    new IsolaneError('ISOLANE_OPTION', {
      message: `isolated.runtime is 'threads', and ${reason}`,
      hint: `use runtime: 'forks', ${instead}`,
      details: { path: 'isolated.runtime', received: 'threads' },
    }),
  )
}
