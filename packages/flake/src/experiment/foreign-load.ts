import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** What of the machine's cores somebody else used meanwhile, from 0 to 1; undefined where it cannot be known. */
export type ForeignLoad = () => number | undefined

/**
 * Starts to measure how busy others keep the machine: all processes but this one and those that it has
 * started and that have ended by the time of the answer. On Linux only.
 */
export function measureForeignLoad(): ForeignLoad {
  const before = read()
  const startedAt = performance.now()
  return () => {
    const after = read()
    if (before === undefined || after === undefined) return undefined
    const ticks = ((performance.now() - startedAt) / 1000) * ticksPerSecond
    const foreign = after.all - before.all - (after.own - before.own)
    return Math.max(0, Math.min(1, foreign / Math.max(1, ticks * availableParallelism())))
  }
}

// USER_HZ, the same on every Linux: https://man7.org/linux/man-pages/man7/time.7.html
const ticksPerSecond = 100

function read(): { readonly all: number; readonly own: number } | undefined {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = numbersIn(line)
    const stat = readFileSync('/proc/self/stat', 'utf8')
    // Behind the name, from the eleventh on: user and system time of the process, then of its ended children.
    const own = numbersIn(stat.slice(stat.lastIndexOf(')') + 2)).slice(10, 14)
    return {
      all: user + nice + system + irq + softirq,
      own: own.reduce((sum, one) => sum + one, 0),
    }
  } catch {
    return undefined
  }
}

function numbersIn(text: string): number[] {
  return text.trim().split(/\s+/).slice(1).map(Number)
}
