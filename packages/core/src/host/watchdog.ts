import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { parse, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withoutLane } from '../shared/env.ts'

/** How {@link startWatchdog} starts. */
export interface WatchdogOptions {
  readonly runId: string
  readonly cacheDir: string
  /** Shows the user one line: there is no watchdog. */
  readonly onMessage?: (message: string) => void
}

/** The watchdog of a run. */
export interface Watchdog {
  /** Pid of its process; undefined when it could not be started. */
  readonly pid: number | undefined
  /** Says goodbye: it ends without cleaning. Call it after the run has ended; resolves when it is gone. */
  stop(): Promise<void>
}

const stopMs = 3000

/**
 * Starts a small process of its own session that cleans up after the run as soon as this process is
 * gone without a goodbye, however it ended. Neither waits for it nor is kept alive by it. When it
 * cannot be started, the next run cleans up instead.
 */
export function startWatchdog({ runId, cacheDir, onMessage }: WatchdogOptions): Watchdog {
  const missing = (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    onMessage?.(
      `No watchdog (${reason}): if this process is killed, the next run cleans up after it.`,
    )
  }
  try {
    const child = spawnWatchdog(runId, cacheDir)
    child.on('error', missing)
    return { pid: child.pid, stop: () => stop(child) }
  } catch (error) {
    missing(error)
    return { pid: undefined, stop: async () => {} }
  }
}

function spawnWatchdog(runId: string, cacheDir: string): ChildProcess {
  const entry = fileURLToPath(new URL('./watchdog-main.js', import.meta.url))
  const child: ChildProcess = spawn(
    process.execPath,
    ['--max-semi-space-size=1', entry, runId, resolve(cacheDir)],
    {
      // A directory that nobody wants to remove or unmount.
      cwd: parse(process.execPath).root,
      detached: true,
      // It must not be found as a process of an outer run's lane, nor load what the user preloads.
      env: withoutLane(process.env, ['NODE_OPTIONS', 'NODE_V8_COVERAGE', 'NODE_CHANNEL_FD']),
      stdio: ['pipe', 'ignore', 'ignore'],
      windowsHide: true,
    },
  )
  child.unref()
  // Without file descriptors left there is no pipe.
  if (child.stdin instanceof Socket) child.stdin.on('error', () => {}).unref()
  return child
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.ref()
  child.stdin?.end('bye\n')
  const late = setTimeout(() => child.kill('SIGKILL'), stopMs)
  await ended
  clearTimeout(late)
}
