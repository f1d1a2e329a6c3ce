import { readdirSync, readFileSync, statSync } from 'node:fs'
import { endGroup } from './end-group.ts'
import { linuxStat } from './process-identity.ts'

/** What {@link endStrays} did. */
export interface EndedStrays {
  readonly ended: number
  /** Those that do not end. */
  readonly left: readonly number[]
}

const passes = 20

/** Ends the processes that {@link straysOf} finds and the groups they lead, until nothing new turns up. */
export async function endStrays(name: string, value: string): Promise<EndedStrays> {
  const seen = new Set<number>()
  const left: number[] = []
  // One may start another between the look and its end, hence several passes.
  for (let pass = 0; pass < passes; pass += 1) {
    const fresh = straysOf(name, value).filter((pid) => !seen.has(pid))
    if (fresh.length === 0) break
    for (const pid of fresh) seen.add(pid)
    const ended = await Promise.all(fresh.map((pid) => endGroup(pid)))
    left.push(...fresh.filter((_, at) => !ended[at]))
  }
  return { ended: seen.size - left.length, left }
}

/**
 * Finds live processes of this user that carry a variable in their environment, except this process and those it
 * descends from. Linux only; elsewhere it finds none.
 */
function straysOf(name: string, value: string): number[] {
  if (process.platform !== 'linux') return []
  const variable = `${name}=${value}`
  const uid = process.getuid?.()
  const own = ownLine()
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && !own.has(Number(name)))
    .filter((name) => carries(name, variable, uid))
    .map(Number)
}

function ownLine(): Set<number> {
  const line = new Set<number>()
  for (let pid = process.pid; pid > 0 && !line.has(pid); pid = linuxStat(pid)?.parent ?? 0) {
    line.add(pid)
  }
  return line
}

function carries(name: string, variable: string, uid: number | undefined): boolean {
  try {
    if (statSync(`/proc/${name}`).uid !== uid) return false
    if (linuxStat(Number(name))?.zombie !== false) return false
    return readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(variable)
  } catch {
    // It ended meanwhile, or may not be looked at.
    return false
  }
}
