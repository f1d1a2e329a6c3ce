import { randomUUID } from 'node:crypto'
import { mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepareTemplates } from '../host/templates.ts'
import { Lane } from '../host/lane.ts'
import { Leases } from '../host/leases.ts'
import type { Resources } from '../lanes.ts'
import { createThreads } from '../provision/create-threads.ts'
import { Registry } from '../registry/registry.ts'
import { removeTree } from '../registry/remove-tree.ts'
import { laneDirPath } from '../shared/protocol.ts'
import { settleAll } from '../shared/settle-all.ts'
import { writeDown } from './held.ts'
import type { Held } from './held.ts'

/** How lanes are made on a {@link Bench}. */
export interface BenchOptions {
  readonly resources: Resources
  /** Project root. */
  readonly root: string
  /** Default: a directory of the bench's own, removed with it. */
  readonly cacheDir?: string
}

/** Makes single lanes of a run, outside a host and without its watchdog, and knows what each has held. */
export class Bench {
  readonly registry: Registry
  readonly held: Held[] = []
  readonly #options: BenchOptions
  readonly #run = randomUUID()
  readonly #runDir: string
  readonly #threads = createThreads()
  readonly #lanes: Lane[] = []
  #templates: ReadonlyMap<string, unknown> = new Map()

  private constructor(options: BenchOptions, registry: Registry, runDir: (run: string) => string) {
    this.#options = options
    this.registry = registry
    this.#runDir = runDir(this.#run)
  }

  /** Runs `work` on a bench that is gone afterwards. */
  static async use<T>(options: BenchOptions, work: (bench: Bench) => Promise<T>): Promise<T> {
    const bench = await Bench.open(options)
    try {
      return await work(bench)
    } finally {
      await bench.#close()
    }
  }

  static async open(options: BenchOptions): Promise<Bench> {
    const dir =
      options.cacheDir ?? (await mkdtemp(join(await realpath(tmpdir()), 'isolane-bench-')))
    const registry = await Registry.open({ dir })
    const bench = new Bench(options, registry, (run) => join(dir, 'runs', run))
    await registry.addRun({ id: bench.#run, root: options.root })
    bench.#templates = await prepareTemplates(options.resources, {
      root: options.root,
      registry,
      threads: bench.#threads,
      signal: new AbortController().signal,
      progress: () => {},
    })
    return bench
  }

  /** A lane that is yet to be made. `onTaken` is called whenever it has taken something of the machine. */
  lane(
    number: number,
    {
      signal = new AbortController().signal,
      onTaken = () => {},
      resources = this.#options.resources,
    }: {
      signal?: AbortSignal
      onTaken?: () => void
      resources?: Resources
    } = {},
  ): Lane {
    const run = this.#run
    const id = `${run.slice(0, 8)}-${number}`
    const held: Held = { dir: laneDirPath(this.#runDir, id), leases: [], groups: [] }
    this.held.push(held)
    const lane = new Lane({
      facts: { id, number, run, dir: held.dir },
      resources,
      templates: this.#templates,
      root: this.#options.root,
      runDir: this.#runDir,
      threads: this.#threads,
      holdings: new Leases(writeDown(this.registry.holdings({ run, lane: id }), held, onTaken)),
      signal,
      lanesWanted: 8,
    })
    this.#lanes.push(lane)
    return lane
  }

  /** Disposes of the resources of a lane that was made, in reverse order. */
  async dispose(lane: Lane): Promise<void> {
    const { facts, file } = lane
    const holdings = this.registry.holdings({ run: facts.run, lane: facts.id })
    for (const [name, resource] of Object.entries(this.#options.resources).toReversed()) {
      const context = { name, lane: facts, dir: join(facts.dir, name), holdings }
      await resource.dispose(file.data[name], context)
    }
  }

  async #close(): Promise<void> {
    await settleAll('The bench was not left clean', [
      ...this.#lanes.map((lane) => () => lane.close()),
      () => this.#threads.close(),
      () => this.registry.endRun(this.#run),
      () => this.registry.close(),
      () => (this.#options.cacheDir === undefined ? removeTree(this.registry.dir) : undefined),
    ])
  }
}
