import { basename } from 'node:path'
import { argumentsOf, descendants, holders, processes } from '../process-tree.ts'
import type { Process } from '../process-tree.ts'

/** A listening socket, and the port of a TCP one. */
export interface Listening {
  readonly inode: string
  readonly port?: number
}

/**
 * Tells which listening sockets belong to this run: to this process, to what descends from it, and, where they have
 * come up since `before` was taken, to daemons that let go of it and to containers. Each socket is looked at once.
 */
export class Owners {
  readonly #before: ReadonlySet<string>
  readonly #known = new Map<string, number | undefined>()

  /** @param before the sockets that listened when the run began. */
  constructor(before: Iterable<string>) {
    this.#before = new Set(before)
  }

  /** The process of this run that holds each socket. */
  of(sockets: readonly Listening[]): ReadonlyMap<string, number> {
    const fresh = sockets.filter(({ inode }) => !this.#known.has(inode))
    if (fresh.length > 0) this.#find(fresh)
    const owned = new Map<string, number>()
    for (const { inode } of sockets) {
      const pid = this.#known.get(inode)
      if (pid !== undefined) owned.set(inode, pid)
    }
    return owned
  }

  #find(sockets: readonly Listening[]): void {
    const all = processes()
    const tree = descendants(all, process.pid)
    for (const { inode } of sockets) this.#known.set(inode, undefined)
    const held = holders(new Set(sockets.map(({ inode }) => inode)), tree)
    for (const [inode, pid] of held) this.#known.set(inode, pid)
    const left = sockets.filter(({ inode }) => !held.has(inode) && !this.#before.has(inode))
    if (left.length === 0) return
    const began = all.find(({ pid }) => pid === process.pid)?.start ?? Infinity
    const young = all.filter(({ pid, start }) => start >= began && !tree.includes(pid))
    const pids = new Set(all.map(({ pid }) => pid))
    const daemons = young.filter((one) => isOrphan(one, pids)).map(({ pid }) => pid)
    const theirs = holders(new Set(left.map(({ inode }) => inode)), daemons)
    for (const { inode, port } of left) {
      const pid = theirs.get(inode) ?? young.find(publishes(port))?.pid
      this.#known.set(inode, pid)
    }
  }
}

/** True for a process whose parent has ended, be it while the list was read. */
function isOrphan({ parent }: Process, pids: ReadonlySet<number>): boolean {
  return (
    parent === 1 ||
    !pids.has(parent) ||
    /^(systemd|init)$/.test(basename(argumentsOf(parent)[0] ?? ''))
  )
}

/** Containers are no descendants of those who start them; a proxy listens on each port that they publish. */
function publishes(port: number | undefined): (process: Process) => boolean {
  return ({ pid }) => {
    if (port === undefined) return false
    const args = argumentsOf(pid)
    const at = args.indexOf('-host-port')
    return at > 0 && args[at + 1] === String(port) && basename(args[0] ?? '') === 'docker-proxy'
  }
}
