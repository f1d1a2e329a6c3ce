import { readFileSync } from 'node:fs'

const INTERVAL_MS = 1_000

/**
 * Ends this process, as ctrl-C would, once its `isolane` is gone: after a SIGKILL nobody would read what it finds,
 * and nobody passes signals on.
 */
export function endWith(pid: number): void {
  const timer = setInterval(() => {
    if (lives(pid)) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGINT')
  }, INTERVAL_MS)
  timer.unref()
}

function lives(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}
