import { readdirSync, readFileSync, statSync } from 'node:fs'
import { linuxStat } from '../shared/process-identity.ts'
import { laneVariables } from '../shared/env.ts'

/**
 * Finds live processes of this user that carry run `run` in their environment, except
 * this process and those it descends from.
 * Linux only; elsewhere it finds none.
 */
export function straysOf(run: string): number[] {
  if (process.platform !== 'linux') return []
  const variable = `${laneVariables.run}=${run}`
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
