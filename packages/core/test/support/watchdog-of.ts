import { readdirSync, readFileSync } from 'node:fs'

/** Pid of the watchdog of a run, or undefined when there is none. Linux only; elsewhere it finds none. */
export function watchdogOf(run: string): number | undefined {
  if (process.platform !== 'linux') return undefined
  const found = readdirSync('/proc').find((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      return args.includes(run) && args.some((one) => one.endsWith('watchdog-main.js'))
    } catch {
      // It ended meanwhile.
      return false
    }
  })
  return found === undefined ? undefined : Number(found)
}
