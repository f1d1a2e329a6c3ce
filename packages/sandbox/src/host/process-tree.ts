import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

/** A process of this machine. */
export interface Process {
  readonly pid: number
  readonly parent: number
  readonly group: number
  /** Clock ticks after boot. */
  readonly start: number
}

/** All processes that can be seen, but the remains of ended ones. */
export function processes(): readonly Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processOf(Number(name)) ?? [])
}

/** A process; undefined when there is none with this pid, or only its remains. */
export function processOf(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may itself hold blanks and parentheses (proc_pid_stat(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    return {
      pid,
      parent: Number(fields[1]),
      group: Number(fields[2]),
      start: Number(fields[19]),
    }
  } catch {
    return undefined
  }
}

/** A process and all that descend from it, but those in other mount or network namespaces, and their own. */
export function descendants(all: readonly Process[], root: number): readonly number[] {
  const children = Map.groupBy(all, ({ parent }) => parent)
  const found: number[] = []
  const visit = (pid: number): void => {
    if (pid !== root && !sharesNamespaces(pid)) return
    found.push(pid)
    for (const child of children.get(pid) ?? []) visit(child.pid)
  }
  visit(root)
  return found
}

/** Gives the process that holds each of these sockets, as far as it is among the given ones and may be asked. */
export function holders(
  inodes: ReadonlySet<string>,
  pids: Iterable<number>,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const pid of pids) {
    if (found.size === inodes.size) break
    for (const inode of socketsOf(pid)) {
      if (inodes.has(inode) && !found.has(inode)) found.set(inode, pid)
    }
  }
  return found
}

/** How people call a process: its program, and the script where the program is an interpreter. Safe to print. */
export function commandOf(pid: number): string {
  try {
    const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    const script = args.find((arg) => arg !== '' && !arg.startsWith('-'))
    const interpreted = /^(node|bun|deno|python[\d.]*|ruby|sh|bash|dash)$/.test(basename(program))
    // Servers that set their title put all of it into the first one.
    const name = basename(program.split(/[ :]/)[0] ?? '')
    const text = interpreted && script !== undefined ? `${name} ${basename(script)}` : name
    // oxlint-disable-next-line no-control-regex -- a process chooses its own title
    return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '').slice(0, 60)
  } catch {
    return ''
  }
}

/** The command line of a process; empty when it is gone. */
export function argumentsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

function socketsOf(pid: number): readonly string[] {
  const directory = `/proc/${pid}/fd`
  try {
    return readdirSync(directory).flatMap((fd) => {
      try {
        const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${directory}/${fd}`)) ?? []
        return inode === undefined ? [] : [inode]
      } catch {
        return []
      }
    })
  } catch {
    // Of another user, or gone.
    return []
  }
}

function sharesNamespaces(pid: number): boolean {
  try {
    return ['mnt', 'net'].every(
      (name) => readlinkSync(`/proc/${pid}/ns/${name}`) === readlinkSync(`/proc/self/ns/${name}`),
    )
  } catch {
    return false
  }
}
