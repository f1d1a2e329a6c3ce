import { fork } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { until } from './until.ts'
import { watchdogOf } from './watchdog-of.ts'

/** A process that holds a lane of its own run. */
export interface HostProcess {
  readonly runDir: string
  readonly endpoint: string
  kill(): Promise<void>
}

const entry = fileURLToPath(new URL('../fixtures/host-main.ts', import.meta.url))

export async function hostProcess(cache: string): Promise<HostProcess> {
  const child = fork(entry, {
    env: { ...process.env, ISOLANE_CACHE_DIR: cache },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  const [report] = (await once(child, 'message')) as [Omit<HostProcess, 'kill'>]
  onTestFinished(async () => {
    await kill()
    // It uses the cache directory, which is removed next.
    const run = basename(report.runDir)
    await until('the watchdog has cleaned up', () => watchdogOf(run) === undefined)
  })
  return { ...report, kill }
}
