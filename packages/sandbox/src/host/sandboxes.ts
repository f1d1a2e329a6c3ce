import { existsSync, mkdirSync, realpathSync, renameSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SandboxSettings } from '../options.ts'
import type { RelayPlan } from '../shared/helper-plan.ts'
import { hintForPage, hintMark } from '../shared/hint.ts'
import { SandboxError } from '../shared/sandbox-error.ts'
import type { Service } from '../shared/service.ts'
import { atExit } from './at-exit.ts'
import { noteKept } from './bring-back.ts'
import { alwaysKept } from './copy-back.ts'
import { refusal, unfit } from './examine.ts'
import { noRoom } from './claim.ts'
import { grounds, makeGround } from './ground.ts'
import { killInside } from './reaper.ts'
import { layOut, planMounts, withShared } from './mounts.ts'
import type { MountPlan } from './mounts.ts'
import { Forwards } from './network/forwards.ts'
import type { Forwarded } from './network/forwards.ts'
import { endServices, planHelper } from './network/helper.ts'
import { LaterRelays } from './network/later-relays.ts'
import { allowLowPorts } from './network/low-ports.ts'
import { parseTarget } from './network/target.ts'
import { probe } from './probe.ts'
import type { Place } from './probe.ts'
import { footprintOf, writtenSoFar } from './sandbox.ts'
import type { Footprint, Sandbox } from './sandbox.ts'
import { hintForFiles } from './stayed-inside.ts'
import { Removal } from './removal.ts'
import { removeLayerSync, sweep } from './sweep.ts'
import { writablePaths } from './writable.ts'

/** Options of {@link Sandboxes.open}. */
export interface SandboxesOptions {
  /** Root of the project: what lies below it is copied on write. */
  readonly root: string
  readonly settings: SandboxSettings
  /** Directory for the layers, if it fits. Default: the user's cache directory. */
  readonly base?: string | undefined
  /** Paths of the runner's or the lanes', which are never copied on write. */
  readonly shared?: readonly string[]
  /** {@link Sandboxes.update} reaches the sandboxes that run. Costs each a helper process. Default false. */
  readonly later?: boolean
  readonly onMessage?: ((message: string) => void) | undefined
}

/** Options of {@link Sandboxes.enter}. */
export interface EnterOptions {
  /** Of the process. Default: this one's. */
  readonly cwd?: string | undefined
  /** Existing paths that this sandbox alone shares with the machine. */
  readonly shared?: readonly string[]
  /**
   * Commands that are started inside before the process, one after another, each when the last one is ready. When
   * one does not get ready the process is not started: it ends with code 125 and the reason on its stderr.
   */
  readonly services?: readonly Service[]
}

/** The sandboxes of one run. Nothing here waits, because a runner forks without waiting. */
export class Sandboxes {
  readonly settings: SandboxSettings
  readonly root: string
  /** Mode 0700; holds the layers, and goes with {@link Sandboxes.close}. */
  readonly directory: string
  readonly #plan: MountPlan
  readonly #place: Place
  readonly #onMessage: (message: string) => void
  readonly #forwards: Forwards
  readonly #later: LaterRelays | undefined
  readonly #going = new Set<Promise<void>>()
  readonly #removal = new Removal((error) => {
    this.#onMessage(`a layer could not be removed: ${String(error)}`)
  })
  /** How each sandbox that has not ended yet ends. */
  readonly #living = new Map<string, () => Footprint>()
  readonly #forgetExit: () => void
  #count = 0

  /**
   * Finds out how sandboxes can be made here, about 20 ms once for a boot of the machine, and removes what
   * dead runs have left.
   *
   * @throws SandboxError when a part cannot be had on this machine, with the cure; when the root is unfit.
   */
  static open(options: SandboxesOptions): Sandboxes {
    return new Sandboxes(options)
  }

  private constructor(options: SandboxesOptions) {
    const { root, settings, base, shared = [], later = false, onMessage } = options
    const reason = unfit(settings.parts)
    if (reason !== undefined) {
      throw new SandboxError(`No sandbox on this machine: ${reason.reason}.`, reason.cure)
    }
    this.settings = settings
    this.root = realpathSync(root)
    this.#onMessage = onMessage ?? (() => undefined)
    const { parts } = settings
    const targets = settings.forward.map(parseTarget)
    this.#plan = parts.includes('files')
      ? planMounts(this.root, [
          ...writablePaths(settings.writable, this.root),
          ...shared.map((path) => realpathSync(path)),
        ])
      : { covered: [], shared: [] }
    const places = grounds(base, [this.root, ...this.#plan.covered]).filter(makeGround)
    for (const place of places) for (const going of sweep(place)) this.#track(going)
    const found = probe(parts, this.#plan, places)
    if (!('claim' in found)) throw refusal(parts, found, places)
    this.#place = found
    this.directory = found.claim.directory
    if (parts.includes('files')) {
      const globs = [...alwaysKept, ...settings.keep]
      noteKept(this.directory, { root: this.root, covered: this.#plan.covered, globs })
    }
    this.#forwards = new Forwards({
      parts,
      targets,
      directory: this.directory,
      plan: this.#plan,
      onMessage: this.#onMessage,
    })
    this.#later = later && parts.includes('network') ? new LaterRelays(this.directory) : undefined
    this.#forgetExit = atExit(() => this.#leave())
  }

  /** Makes a sandbox, ready for one process. */
  enter(options: EnterOptions = {}): Sandbox {
    const id = ++this.#count
    const directory = join(this.directory, String(id))
    const cwd = resolve(options.cwd ?? process.cwd())
    const { parts } = this.settings
    const { way } = this.#place
    const { relays, sockets } = this.#forwards.next()
    const plan = withShared(this.#plan, [...(options.shared ?? []), ...sockets])
    try {
      mkdirSync(directory, { mode: 0o700 })
      layOut(directory, plan, { parts, way })
    } catch (error) {
      throw noRoom(this.directory, error)
    }
    if (parts.includes('network')) allowLowPorts(directory, relays)
    const { services = [] } = options
    const later = this.#later !== undefined
    const helper = planHelper(directory, { relays, services, later, cwd })
    let footprint: Footprint | undefined
    const end = ({ keep = [] }: { readonly keep?: readonly string[] } = {}): Footprint =>
      (footprint ??= this.#end(directory, relays, keep))
    this.#living.set(directory, end)
    return {
      id,
      directory,
      prefix: way.prefix(parts, { layer: directory, cwd, helper }),
      env: { ISOLANE_LAYER: directory },
      explain: (message, { keep = [] } = {}) => this.#explain(message, directory, keep),
      end,
    }
  }

  /**
   * Lets what this process, and what it has started, listens on by now through to the sandboxes that run. Waits until
   * they have it. Needs {@link SandboxesOptions.later}; it does not reject.
   */
  async update(): Promise<void> {
    await this.#later?.add(this.#forwards.next({ surely: true }).relays)
  }

  /** The services of the machine that the sandboxes made so far reach. */
  get forwarded(): readonly Forwarded[] {
    return this.#forwards.list
  }

  /**
   * Ends what still runs in the sandboxes, each as its own `end` does, removes every layer, and ends when they are
   * gone. Idempotent.
   */
  async close(): Promise<void> {
    this.#later?.close()
    this.#forwards.close()
    for (const end of this.#living.values()) end()
    this.#place.claim.release()
    await Promise.all(this.#going)
    this.#removal.add(this.directory)
    await this.#removal.done()
    this.#forgetExit()
  }

  #explain(message: string, directory: string, keep: readonly string[]): string | undefined {
    if (message.includes(hintMark)) return undefined
    const globs = [...alwaysKept, ...this.settings.keep, ...keep]
    return (
      hintForPage(message, this.#forwards.machine) ??
      hintForFiles(message, this.root, () => writtenSoFar(directory, this.#plan, this.root, globs))
    )
  }

  /** What `close` does, for a process that waits no more. What it cannot do is left to the next run. */
  #leave(): void {
    try {
      for (const end of this.#living.values()) end()
      this.#place.claim.release()
      removeLayerSync(this.directory)
    } catch (error) {
      this.#onMessage(`the layers of this run could not be removed: ${String(error)}`)
    }
  }

  #end(directory: string, relays: readonly RelayPlan[], keep: readonly string[]): Footprint {
    if (!this.settings.parts.includes('processes')) endServices(directory)
    this.#living.delete(directory)
    const ending = killInside(directory)
    const { way } = this.#place
    const seen = footprintOf(directory, {
      plan: this.#plan,
      way,
      root: this.root,
      keep: [...this.settings.keep, ...keep],
      onMessage: this.#onMessage,
    })
    // A process that is killed at once leaves it begun, and nothing is wrong.
    const state = (name: string): boolean => existsSync(join(directory, name))
    const refused = state('refused') || !(state('begun') || state('made'))
    const failure = refused ? this.#failure() : undefined
    if (ending.ended) {
      const gone = `${directory}-gone`
      renameSync(directory, gone)
      this.#track(ending.gone().then(() => this.#removal.add(gone)))
    } else {
      this.#onMessage(
        `what a worker had started still lives after 5 s; its layer stays: ${directory}`,
      )
    }
    const { parts } = this.settings
    const own = seen.ports.filter(
      (port) => !relays.some((relay) => relay.port === port) && this.#later?.has(port) !== true,
    )
    return {
      ...seen,
      ports: parts.includes('network') ? own : [],
      sockets: parts.includes('files') ? seen.sockets : [],
      ...(failure === undefined ? {} : { failure }),
    }
  }

  /** Why a sandbox could not be made; undefined when it can be: the process was ended before it was. */
  #failure(): string | undefined {
    this.#place.forget()
    const ground = dirname(this.directory)
    const { parts } = this.settings
    const found = probe(parts, this.#plan, [ground])
    if (!('claim' in found)) return refusal(parts, found, [ground]).message
    found.claim.release()
    this.#removal.add(found.claim.directory)
    return undefined
  }

  #track(work: Promise<void>): void {
    const going = work.finally(() => this.#going.delete(going))
    this.#going.add(going)
  }
}

/** True in a process that runs in a sandbox already. */
export function isSandboxed(env: NodeJS.ProcessEnv = process.env): boolean {
  return env['ISOLANE_LAYER'] !== undefined
}

/** The module that processes in a sandbox load first, with `--require`. */
export const preload = fileURLToPath(new URL('../child/preload.cjs', import.meta.url))
