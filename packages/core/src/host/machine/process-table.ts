import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the processes of this machine have used, as one look shows it. */
export interface ProcessTable {
  /** Cores of the machine. */
  readonly cores: number
  /** CPU time since the machine started, of all processes, in ticks of 1/100 s. */
  readonly busyTicks: number
  /** CPU time of a process and all it descends to, including those that have ended. */
  ticksOf(pid: number): number
  /** Memory of the largest process below this one. */
  largestBelow(pid: number): number
}

interface Row {
  readonly pid: number
  readonly parent: number
  readonly ticks: number
  readonly bytes: number
}

const pageBytes = 4096

/** Reads `/proc`. Undefined elsewhere than on Linux. */
export function processTable(root = '/'): ProcessTable | undefined {
  const proc = join(root, 'proc')
  let stat: string
  let pids: string[]
  try {
    stat = readFileSync(join(proc, 'stat'), 'utf8')
    pids = readdirSync(proc).filter((name) => /^\d+$/.test(name))
  } catch {
    return undefined
  }
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = stat
    .slice(0, stat.indexOf('\n'))
    .split(/\s+/)
    .map(Number)
  const below = new Map<number, Row[]>()
  const byPid = new Map<number, Row>()
  for (const pid of pids) {
    const row = rowOf(join(proc, pid, 'stat'), Number(pid))
    if (row === undefined) continue
    byPid.set(row.pid, row)
    const siblings = below.get(row.parent)
    if (siblings === undefined) below.set(row.parent, [row])
    else siblings.push(row)
  }
  const tree = (pid: number): Row[] => {
    const rows = [...(byPid.has(pid) ? [byPid.get(pid) as Row] : [])]
    for (let at = 0; at < rows.length; at += 1) rows.push(...(below.get(rows[at]?.pid ?? 0) ?? []))
    return rows
  }
  return {
    cores: stat.match(/^cpu\d+ /gm)?.length ?? 1,
    busyTicks: user + nice + system + irq + softIrq + steal,
    ticksOf: (pid) => tree(pid).reduce((sum, { ticks }) => sum + ticks, 0),
    largestBelow: (pid) =>
      Math.max(
        0,
        ...tree(pid)
          .slice(1)
          .map(({ bytes }) => bytes),
      ),
  }
}

/** See proc_pid_stat(5): 4 is the parent, 14 to 17 the times, those of ended children included, 24 the memory. */
function rowOf(path: string, pid: number): Row | undefined {
  try {
    const stat = readFileSync(path, 'latin1')
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const field = (number: number): number => fields[number - 3] ?? 0
    return {
      pid,
      parent: field(4),
      ticks: field(14) + field(15) + field(16) + field(17),
      bytes: field(24) * pageBytes,
    }
  } catch {
    // It has just ended.
    return undefined
  }
}
