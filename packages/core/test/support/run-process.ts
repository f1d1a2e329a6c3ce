import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { endGroup } from '@isolane/core/host'
import { onTestFinished } from 'vitest'

/** What the main process of a run tells when everything is in place. */
export interface RunReport {
  readonly dir: string
  readonly tempDir: string
  readonly port: number
  /** Leader of a recorded process group, and a process it started. */
  readonly group: readonly number[]
  /** A process of a session of its own that nobody recorded. */
  readonly stray: number
  readonly watchdog: number | null
}

/** The main process of a run, alive. */
export interface RunProcess {
  readonly child: ChildProcess
  readonly pid: number
  readonly report: RunReport
  /** Kills the main process alone, and waits until it is gone. */
  kill(): Promise<void>
}

/** How {@link startRun} starts. */
export interface RunProcessOptions {
  readonly cache: string
  readonly id: string
  readonly watchdog?: boolean
  /** A port to lease and really listen on, instead of one from `port()`. */
  readonly port?: number
}

const entry = fileURLToPath(new URL('../fixtures/run-main.ts', import.meta.url))

/** Starts a process that registers a run with process groups, directories and leases, and then waits. */
export async function startRun(options: RunProcessOptions): Promise<RunProcess> {
  const { cache, id, watchdog = false, port } = options
  const child = spawn(
    process.execPath,
    [entry, id, watchdog ? 'watchdog' : '-', String(port ?? '')],
    {
      env: { ...process.env, ISOLANE_CACHE_DIR: cache },
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    },
  )
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const lines = createInterface({ input: child.stdout })
  const [line] = (await Promise.race([
    once(lines, 'line'),
    ended.then(() => Promise.reject(new Error('The run ended before it was ready.'))),
  ])) as [string]
  const report = JSON.parse(line) as RunReport
  onTestFinished(async () => {
    for (const pid of [...report.group, report.stray]) await endGroup(pid)
    if (report.watchdog !== null) await endGroup(report.watchdog)
    rmSync(report.tempDir, { recursive: true, force: true })
  })
  return {
    child,
    pid: child.pid as number,
    report,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
