import diagnostics from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:net'

/** A TCP address on which a process of this network namespace accepts connections. */
export interface TcpListener {
  /** Numeric, as `net` gives it: `127.0.0.1`, `0.0.0.0`, `::1`, `::`. */
  readonly address: string
  readonly port: number
  readonly uid: number
  /** Names the socket in `/proc/<pid>/fd`. */
  readonly inode: string
}

/** A unix socket in the file system on which a process accepts connections. */
export interface UnixListener {
  readonly path: string
  readonly inode: string
}

/**
 * The TCP listeners of this process's network namespace, again and again. For each of its tables the kernel takes
 * some ms, even when they are empty, and a runner starts many workers in a row. So they are read when they can have
 * changed: there are more or fewer sockets that are no connections, or a server of this process is not among them.
 * What neither shows, another process that begins to listen while one ends to, is found a second later.
 */
export class TcpListeners {
  readonly #tables = [
    new TcpTable('tcp', 'sockstat', /^TCP: inuse (\d+)/m),
    new TcpTable('tcp6', 'sockstat6', /^TCP6: inuse (\d+)/m),
  ]
  #count = NaN
  #nextAt = -Infinity
  /** Servers of this process that began to listen since it was asked. */
  readonly #fresh = new Set<Server>()
  readonly #began = (message: unknown): void => {
    this.#fresh.add((message as { readonly server: Server }).server)
  }

  constructor() {
    diagnostics.subscribe(listens, this.#began)
  }

  /**
   * Those there are now.
   *
   * @param surely reads the tables whatever the signs are.
   */
  now({ surely = false } = {}): readonly TcpListener[] {
    const startedAt = performance.now()
    const due = surely || startedAt > this.#nextAt || this.#hasFresh()
    const used = this.#tables.reduce((sum, table) => sum + table.used(), 0)
    const count = used - numberIn('snmp', currentConnections)
    if (due || count !== this.#count) for (const table of this.#tables) table.read(due)
    this.#count = count
    if (due) {
      const endedAt = performance.now()
      const pauseMs = LOOK_SHARE * (endedAt - startedAt)
      this.#nextAt = endedAt + Math.min(Math.max(LOOK_MS, pauseMs), MOST_LOOK_MS)
    }
    this.#fresh.clear()
    return this.#list
  }

  /** Idempotent. */
  close(): void {
    diagnostics.unsubscribe(listens, this.#began)
    this.#fresh.clear()
  }

  get #list(): readonly TcpListener[] {
    return this.#tables.flatMap(({ list }) => list)
  }

  /** A port that was tried and given back is none. */
  #hasFresh(): boolean {
    return [...this.#fresh].some((server) => {
      const at = server.address()
      if (typeof at !== 'object' || at === null) return false
      return !this.#list.some(({ address, port }) => port === at.port && address === at.address)
    })
  }
}

/** How long tables that seem to be the same are not read, and how many times what reading them takes. */
const LOOK_MS = 1_000
const LOOK_SHARE = 100
/** Reading them may take long once because the machine was busy. */
const MOST_LOOK_MS = 3_000

/** See https://nodejs.org/api/diagnostics_channel.html, "net". */
const listens = 'tracing:net.server.listen:asyncEnd'

/** The tenth column of the line of TCP (proc_net(5); RFC 1213, tcpCurrEstab). */
const currentConnections = /^Tcp:(?: -?\d+){8} (\d+)/m

class TcpTable {
  list: readonly TcpListener[] = []
  readonly #name: string
  readonly #counter: readonly [name: string, pattern: RegExp]
  #used = NaN
  #readAt = NaN

  constructor(name: string, ...counter: readonly [name: string, pattern: RegExp]) {
    this.#name = name
    this.#counter = counter
  }

  /** How many sockets it has, which costs next to nothing. */
  used(): number {
    this.#used = numberIn(...this.#counter)
    return this.#used
  }

  /** @param anyway also when it has as many as it had then. */
  read(anyway: boolean): void {
    if (!anyway && this.#readAt === this.#used) return
    const before = this.list
    this.list = tcpListeners(this.#name)
    // The kernel hands the table out in pieces, and what comes and goes meanwhile can hide a row between two.
    const inodes = new Set(this.list.map(({ inode }) => inode))
    if (before.some(({ inode }) => !inodes.has(inode))) this.list = tcpListeners(this.#name)
    this.#readAt = this.#used
  }
}

function tcpListeners(name: string): readonly TcpListener[] {
  return table(name).flatMap((line) => {
    const [, local = '', , state, , , , uid, , inode = ''] = line.trim().split(/\s+/)
    if (state !== LISTEN) return []
    const [address = '', port = ''] = local.split(':')
    return [{ address: addressOf(address), port: parseInt(port, 16), uid: Number(uid), inode }]
  })
}

/** The unix sockets with an absolute path of the network namespace of this process. */
export function unixListeners(): readonly UnixListener[] {
  return table('unix').flatMap((line) => {
    const [, , , flags, , , inode = '', ...path] = line.split(/\s+/)
    return flags === ACCEPTS && path[0]?.startsWith('/') === true
      ? [{ path: path.join(' '), inode }]
      : []
  })
}

// The kernel's TCP_LISTEN and __SO_ACCEPTCON.
const LISTEN = '0A'
const ACCEPTS = '00010000'

function table(name: string): readonly string[] {
  return textOf(name).split('\n').slice(1)
}

function numberIn(name: string, pattern: RegExp): number {
  return Number(pattern.exec(textOf(name))?.[1] ?? 0)
}

/** A file of this network namespace (proc_net(5)); empty where there is none, without IPv6 for example. */
function textOf(name: string): string {
  try {
    return readFileSync(`/proc/self/net/${name}`, 'utf8')
  } catch {
    return ''
  }
}

// Words of four bytes, each in the byte order of this machine.
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => {
    const four = (word.match(/../g) ?? []).map((byte) => parseInt(byte, 16))
    return littleEndian ? four.reverse() : four
  })
  if (bytes.length === 4) return bytes.join('.')
  // ::ffff:127.0.0.1, as runtimes with IPv6 sockets alone have it.
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255) {
    return bytes.slice(12).join('.')
  }
  if (bytes.every((byte) => byte === 0)) return '::'
  if (bytes.slice(0, 15).every((byte) => byte === 0)) return `::${String(bytes[15])}`
  const words = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  )
  return words.join(':')
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
