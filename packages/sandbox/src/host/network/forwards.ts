import { renameSync, statSync, writeFileSync } from 'node:fs'
import inspector from 'node:inspector'
import { join } from 'node:path'
import type { Part } from '../../options.ts'
import type { RelayPlan } from '../../shared/helper-plan.ts'
import { machineFile } from '../../shared/machine.ts'
import type { Machine } from '../../shared/machine.ts'
import { isInside } from '../ground.ts'
import type { MountPlan } from '../mounts.ts'
import { Gate } from './gate.ts'
import { TcpListeners, unixListeners } from './listeners.ts'
import type { TcpListener, UnixListener } from './listeners.ts'
import { Owners } from './owners.ts'
import { commandOf } from '../process-tree.ts'
import { hostPort, isLocal, planRelays } from './relays.ts'
import type { Route } from './relays.ts'
import type { Target } from './target.ts'

/** A service of the machine that sandboxes reach. */
export interface Forwarded {
  /** `127.0.0.1:5432`, `[::1]:5432`, or the path of a unix socket. */
  readonly name: string
  /** Who listens there; empty when that is not known. */
  readonly command: string
  /**
   * `option`: `sandbox.network.forward` names it. `run`: this process listens there, or what it has started.
   * `environment`: a variable names the socket (`DISPLAY`, say).
   */
  readonly by: 'option' | 'run' | 'environment'
}

/** What one sandbox gets through. */
export interface Through {
  readonly relays: readonly RelayPlan[]
  /** Sockets that are shared with the machine. */
  readonly sockets: readonly string[]
}

/** Lets services of the machine through to the sandboxes of a run. */
export class Forwards {
  readonly #parts: readonly Part[]
  readonly #directory: string
  readonly #plan: MountPlan
  readonly #onMessage: (message: string) => void
  readonly #targets: readonly Target[]
  readonly #listeners = new TcpListeners()
  readonly #owners: Owners
  readonly #gate: Gate
  readonly #forwarded = new Map<string, Forwarded>()
  readonly #told = new Set<string>()
  #machine: Machine = { parts: [], tcp: [], unix: [] }
  #noted = ''

  constructor(options: {
    readonly parts: readonly Part[]
    /** What `sandbox.network.forward` names. */
    readonly targets: readonly Target[]
    readonly directory: string
    readonly plan: MountPlan
    readonly onMessage: (message: string) => void
  }) {
    this.#parts = options.parts
    this.#directory = options.directory
    this.#plan = options.plan
    this.#onMessage = options.onMessage
    this.#targets = options.targets
    this.#owners = new Owners([...this.#tcp(), ...this.#unix()].map(({ inode }) => inode))
    this.#gate = new Gate(options.directory, (name, reason) =>
      this.#tell(name, `${name} is let through to sandboxes, but refused a connection: ${reason}`),
    )
  }

  /** All that was let through so far. */
  get list(): readonly Forwarded[] {
    return [...this.#forwarded.values()]
  }

  /**
   * Finds what the next sandbox gets through, and notes for the errors inside what it does not.
   *
   * @param surely also what has just begun to listen in another process: what looks for it elsewhere may be a second late.
   */
  next({ surely = false } = {}): Through {
    const tcp = this.#tcp(surely)
    const unix = this.#unix()
    const owned = this.#owners.of([...tcp.filter(isMine), ...unix])
    const routes = [...this.#named(tcp), ...this.#ofRun(tcp, owned)]
    const sockets = this.#sockets(unix, owned)
    this.#note({
      parts: this.#parts,
      tcp: tcp
        .filter(({ port }) => !routes.some((route) => route.port === port))
        .map(({ address, port }) => [address, port]),
      unix: unix.map(({ path }) => path).filter((path) => !sockets.includes(path)),
    })
    return { relays: planRelays(routes, (...to) => this.#gate.linkTo(...to)), sockets }
  }

  /** What the latest sandboxes do not get through. */
  get machine(): Machine {
    return this.#machine
  }

  /** Breaks all connections. Idempotent. */
  close(): void {
    this.#listeners.close()
    this.#gate.close()
  }

  #tcp(surely = false): readonly TcpListener[] {
    return this.#parts.includes('network') ? this.#listeners.now({ surely }) : []
  }

  /** Those that a copy-on-write view hides: a socket behind an overlay refuses connections. */
  #unix(): readonly UnixListener[] {
    const { covered, shared } = this.#plan
    return unixListeners().filter(
      ({ path }) =>
        covered.some((one) => isInside(path, one)) && !shared.some((one) => isInside(path, one)),
    )
  }

  #named(tcp: readonly TcpListener[]): readonly Route[] {
    if (!this.#parts.includes('network')) return []
    return this.#targets.flatMap((target) => {
      if (target.kind === 'unix') return []
      const { address, port } = target
      const found = tcp.filter((one) => one.port === port && isLocal(one.address))
      const both = found.length > 0 ? found.map((one) => one.address) : ['127.0.0.1', '::1']
      const routes = (address === undefined ? both : [address]).map((one) => ({
        address: one,
        port,
      }))
      for (const route of routes) {
        this.#add({ name: hostPort(route.address, port), command: '', by: 'option' })
      }
      return routes
    })
  }

  #ofRun(tcp: readonly TcpListener[], owned: ReadonlyMap<string, number>): readonly Route[] {
    const inspected = Number(URL.parse(inspector.url() ?? '')?.port)
    return tcp.filter(({ address, port, inode }) => {
      const pid = owned.get(inode)
      if (pid === undefined || !isLocal(address)) return false
      if (pid === process.pid && port === inspected) return false
      this.#add({ name: hostPort(address, port), command: commandOf(pid), by: 'run' })
      return true
    })
  }

  #sockets(unix: readonly UnixListener[], owned: ReadonlyMap<string, number>): readonly string[] {
    if (this.#plan.covered.length === 0) return []
    const found = new Set<string>()
    for (const target of this.#targets) {
      if (target.kind === 'tcp') continue
      if (isSocket(target.path)) {
        found.add(target.path)
        this.#add({ name: target.path, command: '', by: 'option' })
      } else {
        this.#tell(
          target.path,
          `${target.path} is to be let through (sandbox.network.forward), but is no socket yet; ` +
            'sandboxes that start once it listens have it.',
        )
      }
    }
    for (const { path, inode } of unix) {
      const pid = owned.get(inode)
      if (!isSocket(path) || (pid === undefined && !isNamed(path))) continue
      found.add(path)
      const command = pid === undefined ? '' : commandOf(pid)
      this.#add({ name: path, command, by: pid === undefined ? 'environment' : 'run' })
    }
    return [...found]
  }

  #add(forwarded: Forwarded): void {
    if (!this.#forwarded.has(forwarded.name)) this.#forwarded.set(forwarded.name, forwarded)
  }

  #tell(about: string, message: string): void {
    if (this.#told.has(about)) return
    this.#told.add(about)
    this.#onMessage(message)
  }

  #note(machine: Machine): void {
    const text = JSON.stringify(machine)
    this.#machine = machine
    if (text === this.#noted) return
    this.#noted = text
    const path = join(this.#directory, machineFile)
    // Workers read it at any time.
    writeFileSync(`${path}.new`, text, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
}

/** The sockets of other users are nobody's business here, but for what root's proxies publish for containers. */
function isMine({ uid }: TcpListener): boolean {
  const own = process.getuid?.()
  return own === 0 || uid === own || uid === 0
}

function isSocket(path: string): boolean {
  try {
    return statSync(path).isSocket()
  } catch {
    return false
  }
}

/** True when a variable of this process names the socket. */
function isNamed(path: string): boolean {
  const display = /^(?:unix)?:(\d+)/.exec(process.env['DISPLAY'] ?? '')?.[1]
  if (display !== undefined && path === `/tmp/.X11-unix/X${display}`) return true
  return Object.values(process.env).some((value) => value?.includes(path) === true)
}
