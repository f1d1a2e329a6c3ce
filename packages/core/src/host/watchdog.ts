import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parse } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
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
  const entry = fileURLToPath(new URL('./watchdog-main.js', import.meta.url))
  const child = spawn(process.execPath, ['--max-semi-space-size=1', entry, runId, cacheDir], {
    // A directory that nobody wants to remove or unmount.
    cwd: parse(process.execPath).root,
    detached: true,
    env: watchdogEnv(),
    stdio: ['pipe', 'ignore', 'ignore'],
    windowsHide: true,
  })
  const ended = once(child, 'exit').catch(() => undefined)
  child.on('error', (error) => {
    onMessage?.(
      `No watchdog (${error.message}): if this process is killed, the next run cleans up after it.`,
    )
  })
  child.stdin.on('error', () => {})
  child.unref()
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref()

  return {
    pid: child.pid,
    async stop() {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
      child.stdin.end('bye\n')
      const late = new AbortController()
      const killed = delay(stopMs, undefined, { signal: late.signal })
        .then(() => child.kill('SIGKILL'))
        .catch(() => false)
      await ended
      late.abort()
      await killed
    },
  }
}

// It must not be found as a process of an outer run's lane, nor load what the user preloads.
function watchdogEnv(): NodeJS.ProcessEnv {
  return withoutLane(process.env, ['NODE_OPTIONS', 'NODE_V8_COVERAGE', 'NODE_CHANNEL_FD'])
}
