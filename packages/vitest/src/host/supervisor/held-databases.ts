import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'

/** A SQLite database that a process has open and that somebody keeps from being written. */
export interface HeldDatabase {
  readonly path: string
  /** Who holds its lock, possibly the process itself. */
  readonly holder: number
}

/** Bytes that SQLite locks to write (https://www.sqlite.org/src/file/src/os_unix.c, `os.h`). */
const RESERVED = 0x40000001
const WAL_WRITE = 120

/** Linux: the databases that `pid` has open and somebody writes to. Elsewhere none are found. */
export function heldDatabases(pid: number): readonly HeldDatabase[] {
  if (process.platform !== 'linux') return []
  const open = openFiles(pid)
  const found = new Map<string, HeldDatabase>()
  for (const line of locks()) {
    // proc_locks(5). Waiters have an arrow before the kind; SQLite never waits in the kernel.
    const [, holder, inode, first, last] =
      /^\d+: (?:POSIX|OFDLCK) +ADVISORY +WRITE (-?\d+) [\da-f]+:[\da-f]+:(\d+) (\d+) (\d+|EOF)$/.exec(
        line,
      ) ?? []
    const path = open.get(inode ?? '')
    if (path === undefined) continue
    const byte = path.endsWith('-shm') ? WAL_WRITE : RESERVED
    if (Number(first) > byte || (last !== 'EOF' && Number(last) < byte)) continue
    const database = path.replace(/-shm$/, '')
    found.set(database, { path: database, holder: Number(holder) })
  }
  return [...found.values()]
}

function locks(): readonly string[] {
  try {
    return readFileSync('/proc/locks', 'latin1').split('\n')
  } catch {
    // Not there where /proc has processes alone (proc(5), `subset=pid`).
    return []
  }
}

function openFiles(pid: number): ReadonlyMap<string, string> {
  const directory = `/proc/${pid}/fd`
  const files = new Map<string, string>()
  try {
    for (const fd of readdirSync(directory)) {
      try {
        // Through the link: inside of a sandbox the path may lead elsewhere.
        const { ino } = statSync(`${directory}/${fd}`)
        files.set(String(ino), readlinkSync(`${directory}/${fd}`))
      } catch {
        // Closed meanwhile.
      }
    }
  } catch {
    // It has ended.
  }
  return files
}
