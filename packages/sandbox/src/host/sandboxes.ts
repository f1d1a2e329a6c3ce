import { randomBytes } from 'node:crypto'
import { mkdirSync, realpathSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SandboxSettings } from '../options.ts'
import { SandboxError } from '../shared/sandbox-error.ts'
import type { Service } from '../shared/service.ts'
import { grounds, isInside, makeGround } from './ground.ts'
import { layOut, planMounts } from './mounts.ts'
import type { MountPlan } from './mounts.ts'
import { endServices, planHelper } from './network/helper.ts'
import { ownerOf } from './owner.ts'
import { probe } from './probe.ts'
import type { Way } from './probe.ts'
import { footprintOf, waitForEnd } from './sandbox.ts'
import type { Footprint, Sandbox } from './sandbox.ts'
import { removeLayer, sweep } from './sweep.ts'

/** Options of {@link Sandboxes.open}. */
export interface SandboxesOptions {
  /** Root of the project: what lies below it is copied on write. */
  readonly root: string
  readonly settings: SandboxSettings
  /** Directory for the layers, if it fits. Default: the user's cache directory. */
  readonly base?: string | undefined
  /** Paths of the runner's or the lanes', which are never copied on write. */
  readonly shared?: readonly string[]
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
  readonly #way: Way
  readonly #onMessage: (message: string) => void
  readonly #going = new Set<Promise<void>>()
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

  private constructor({ root, settings, base, shared = [], onMessage }: SandboxesOptions) {
    if (process.platform !== 'linux') {
      throw new SandboxError(
        `Sandboxes need Linux; this is ${process.platform}.`,
        'lanes work without them: leave the sandbox out on this machine.',
      )
    }
    this.settings = settings
    this.root = realpathSync(root)
    this.#onMessage = onMessage ?? (() => undefined)
    const writable = settings.writable.map((path) => madeReal(resolve(this.root, path)))
    const files = settings.parts.includes('files')
    this.#plan = files
      ? planMounts(this.root, [...writable, ...shared.map((path) => realpathSync(path))])
      : { covered: [], shared: [] }
    const places = grounds(base, [...this.#plan.covered, this.root, realpathSync(tmpdir())]).filter(
      makeGround,
    )
    for (const place of places) void Promise.all(sweep(place))
    this.#way = probe(settings.parts, places)
    this.directory = join(this.#way.ground, `${process.pid}-${randomBytes(4).toString('hex')}`)
    mkdirSync(this.directory, { mode: 0o700 })
    writeFileSync(join(this.directory, 'owner.json'), JSON.stringify(ownerOf(process.pid)), {
      mode: 0o600,
    })
  }

  /** Makes a sandbox, ready for one process. */
  enter(options: EnterOptions = {}): Sandbox {
    const id = ++this.#count
    const directory = join(this.directory, String(id))
    const cwd = realpathSync(options.cwd ?? process.cwd())
    mkdirSync(directory, { mode: 0o700 })
    if (this.settings.parts.includes('files')) {
      layOut(directory, withShared(this.#plan, options.shared ?? []), this.#way.overlay)
    }
    const helper = planHelper(directory, { relays: [], services: options.services ?? [], cwd })
    let footprint: Footprint | undefined
    return {
      id,
      directory,
      prefix: this.#way.prefix(this.settings.parts, { layer: directory, cwd, helper }),
      env: { ISOLANE_LAYER: directory },
      end: () => (footprint ??= this.#end(directory)),
    }
  }

  /** Removes every layer, and ends when they are gone. Idempotent. */
  async close(): Promise<void> {
    await Promise.all(this.#going)
    await removeLayer(this.directory)
  }

  #end(directory: string): Footprint {
    if (!this.settings.parts.includes('processes')) endServices(directory)
    if (!waitForEnd(directory)) {
      this.#onMessage(
        `what a worker had started still lives after 5 s; its layer stays: ${directory}`,
      )
    }
    const footprint = footprintOf(directory, {
      plan: this.#plan,
      root: this.root,
      keep: this.settings.keep,
      onMessage: this.#onMessage,
    })
    const gone = `${directory}-gone`
    renameSync(directory, gone)
    const going = removeLayer(gone).finally(() => this.#going.delete(going))
    this.#going.add(going)
    return footprint
  }
}

function withShared(plan: MountPlan, more: readonly string[]): MountPlan {
  const shared = more
    .map((path) => realpathSync(path))
    .filter((path) => plan.covered.some((one) => isInside(path, one)))
  return { covered: plan.covered, shared: [...plan.shared, ...shared] }
}

function madeReal(path: string): string {
  mkdirSync(path, { recursive: true })
  return realpathSync(path)
}

/** True in a process that runs in a sandbox already. */
export function isSandboxed(env: NodeJS.ProcessEnv = process.env): boolean {
  return env['ISOLANE_LAYER'] !== undefined
}

/** The module that processes in a sandbox load first, with `--require`. */
export const preload = fileURLToPath(new URL('../child/preload.cjs', import.meta.url))
