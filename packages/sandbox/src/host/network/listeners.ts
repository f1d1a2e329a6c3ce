import { readFileSync } from 'node:fs'

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

/** The TCP listeners of the network namespace of a process (proc_net(5)). */
function tcpListeners(pid: number | 'self' = 'self'): readonly TcpListener[] {
  return [...table(pid, 'tcp'), ...table(pid, 'tcp6')].flatMap((line) => {
    const [, local = '', , state, , , , uid, , inode = ''] = line.trim().split(/\s+/)
    if (state !== LISTEN) return []
    const [address = '', port = ''] = local.split(':')
    return [{ address: addressOf(address), port: parseInt(port, 16), uid: Number(uid), inode }]
  })
}

/**
 * The TCP listeners of this process's network namespace, again and again. For each of its tables the kernel takes
 * some ms, even when they are empty, and a runner starts many workers in a row: while the number of sockets stays the
 * same they are read four times a second at most.
 */
export class TcpListeners {
  #list: readonly TcpListener[] = []
  #inUse = ''
  #readAt = -Infinity

  /** Those there are now. */
  now(): readonly TcpListener[] {
    const inUse = socketsInUse()
    if (inUse === '' || inUse !== this.#inUse || performance.now() - this.#readAt > 250) {
      const before = this.#list
      this.#list = tcpListeners()
      // The kernel hands the table out in pieces, and what comes and goes meanwhile can hide a row between two.
      const inodes = new Set(this.#list.map(({ inode }) => inode))
      if (before.some(({ inode }) => !inodes.has(inode))) this.#list = tcpListeners()
      this.#inUse = inUse
      this.#readAt = performance.now()
    }
    return this.#list
  }
}

/** The unix sockets with an absolute path of the network namespace of this process. */
export function unixListeners(): readonly UnixListener[] {
  return table('self', 'unix').flatMap((line) => {
    const [, , , flags, , , inode = '', ...path] = line.split(/\s+/)
    return flags === ACCEPTS && path[0]?.startsWith('/') === true
      ? [{ path: path.join(' '), inode }]
      : []
  })
}

// The kernel's TCP_LISTEN and __SO_ACCEPTCON.
const LISTEN = '0A'
const ACCEPTS = '00010000'

/** How many TCP sockets this namespace has, those that listen included: changes when one begins to. */
function socketsInUse(): string {
  try {
    return ['sockstat', 'sockstat6']
      .flatMap(
        (name) => readFileSync(`/proc/self/net/${name}`, 'utf8').match(/^TCP6?: inuse \d+/m) ?? [],
      )
      .join()
  } catch {
    return ''
  }
}

function table(pid: number | 'self', name: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/net/${name}`, 'utf8').split('\n').slice(1)
  } catch {
    // No IPv6, or the process is gone.
    return []
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
