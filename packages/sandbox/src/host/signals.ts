import { constants } from 'node:os'
import { readFileSync } from 'node:fs'

/** What timeout(1) passes on, and what it cannot catch. */
const passed: readonly unknown[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGKILL']

/**
 * Sends a signal to the process inside a sandbox when the process outside, its parent, would not pass it on.
 *
 * @param pid the process outside.
 * @returns false when the process outside is the one to send it to.
 */
export function signalInside(pid: number, signal: NodeJS.Signals | number | undefined): boolean {
  const name = typeof signal === 'number' ? nameOf(signal) : (signal ?? 'SIGTERM')
  if (name === undefined || passed.includes(name)) return false
  const inner = childOf(pid)
  if (inner === undefined) return false
  try {
    return process.kill(inner, signal)
  } catch {
    return false
  }
}

function nameOf(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0]
}

/** The last that it started: the first was process 1. */
function childOf(pid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    const last = Number(children.at(-1))
    return children.length === 2 && last > 1 ? last : undefined
  } catch {
    return undefined
  }
}
