import { mkdirSync } from 'node:fs'
import { collectWorkers, globsOf, SandboxError, Sandboxes, sharedServices } from '@isolane/sandbox'
import type { ForkPlan, Part } from '@isolane/sandbox'
import { Journal } from '../shared/journal.ts'
import type { RunPlan } from '../shared/run-plan.ts'
import { endWith } from './end-with.ts'
import { parallelWorkers } from './parallel-workers.ts'
import { Slots } from './slots.ts'

type EnterOptions = NonNullable<Parameters<Sandboxes['enter']>[0]>

/** A worker that a runner is about to start. */
export interface WorkerStart extends EnterOptions {
  /** The environment that the runner chose for it. */
  readonly env: NodeJS.ProcessEnv
  /** The runner's own number for its place, from 1. Default: the smallest free one. */
  readonly slot?: number | undefined
}

/** A worker in its sandbox. */
export interface Worker {
  readonly plan: ForkPlan
  /** Says that the worker runs this test file: what it writes into it, an inline snapshot, is kept. */
  runs(file: string): void
}

/** What an {@link Adapter} has at hand, in the main process of its runner. */
export class RunnerSession {
  readonly plan: RunPlan
  readonly #journal: Journal
  readonly #slots = new Slots()
  readonly #said = new Set<string>()
  readonly #shared = new Set<string>()
  readonly #without = new Set<Part>()
  // Istanbul's command line, nyc: every process writes what it has counted when it ends.
  readonly #keep = new Set(['**/.nyc_output/**'])
  readonly #processes = new Set<number>()
  readonly #own = new Set<string>()
  #sandboxes: Sandboxes | undefined
  #later = false
  #count = 0
  #forwarded = 0

  constructor(plan: RunPlan, name: string) {
    this.plan = plan
    this.#journal = new Journal(plan.journals)
    this.#journal.write({ kind: 'runner', name, pid: process.pid, startedAt: Date.now() })
    // A pool of a lanes package, which makes its sandboxes itself.
    collectWorkers((worker) => {
      this.#journal.write({ kind: 'started', id: worker.id })
      this.#journal.write({ kind: 'worker', ...worker })
    })
    endWith(plan.pid)
  }

  /** Says one line on stderr, once. */
  say(line: string): void {
    if (this.#said.has(line)) return
    this.#said.add(line)
    process.stderr.write(`isolane: ${line}\n`)
  }

  /** Makes a directory, when it is missing, that the runner's processes share although it lies in what is copied. */
  share(directory: string): void {
    mkdirSync(directory, { recursive: true })
    this.#shared.add(directory)
  }

  /** Workers are told of what begins to listen while they run: see {@link RunnerSession.update}. */
  serveLater(): void {
    this.#later = true
  }

  /**
   * Lets what this process, and what it has started, listens on by now through to workers that run.
   *
   * @param own see `sharedServices`.
   */
  async update(own: readonly string[]): Promise<void> {
    for (const one of own) this.#own.add(one)
    await this.#sandboxes?.update()
  }

  /** Copies back what workers write to this file or below this directory, when it lies in the project. */
  keep(path: string): void {
    this.keepGlobs(globsOf(path, this.plan.root))
  }

  /** Copies back what workers write to files that these globs match, relative to the project's root. */
  keepGlobs(globs: readonly string[]): void {
    for (const glob of globs) this.#keep.add(glob)
  }

  /** Leaves a part out for the workers that start from now on, and says why. */
  leaveOut(part: Part, why: string): void {
    if (!this.parts.includes(part)) return
    this.#without.add(part)
    this.#sandboxes = undefined
    this.say(`without the ${part} part: ${why}`)
  }

  /** The parts that a worker gets. */
  get parts(): readonly Part[] {
    return this.plan.settings.parts.filter((part) => !this.#without.has(part))
  }

  /**
   * Tells how many workers run at a time, and says it when it is not what the runner would do.
   *
   * @param own the runner's own number.
   * @param off the setting that keeps it from running workers side by side, when there is one.
   * @param most how many there are then, by default one for every core.
   */
  workers(own: number, off?: string, most?: number): number {
    const { workers, line } = parallelWorkers({ wanted: this.plan.workers, own, off, cores: most })
    if (line !== undefined) this.say(line)
    return workers
  }

  /** The processes of the workers that live. */
  get processes(): ReadonlySet<number> {
    return this.#processes
  }

  /** Makes the sandbox of a worker that is about to be forked. */
  enter(start: WorkerStart): Worker {
    const sandboxes = this.#open()
    // Where c8 has Node.js write; fork() hands the variable on whatever the environment of the worker.
    const coverage = start.env['NODE_V8_COVERAGE'] ?? process.env['NODE_V8_COVERAGE']
    if (coverage !== undefined && coverage !== '') this.share(coverage)
    // A runner empties some of them between two runs of watch mode.
    for (const directory of this.#shared) mkdirSync(directory, { recursive: true })
    const shared = [...this.#shared, ...(start.shared ?? [])]
    const sandbox = sandboxes.enter({ ...start, shared })
    const id = ++this.#count
    const slot = this.#slots.take(start.slot)
    const files: string[] = []
    let pid: number | undefined
    this.#journal.write({ kind: 'started', id })
    return {
      plan: {
        sandbox,
        env: {
          ...start.env,
          // Ours is the one sandbox of this worker.
          ISOLANE_SANDBOX: undefined,
          ISOLANE_RUN: this.plan.run,
          ISOLANE_LANE: `${this.plan.run.slice(0, 8)}-${process.pid}-${id}`,
          ISOLANE_SLOT: String(slot),
        },
        onStart: (child) => {
          pid = child.pid
          if (pid !== undefined) this.#processes.add(pid)
        },
        keep: () => [...this.#keep, ...files.flatMap((file) => globsOf(file, this.plan.root))],
        onEnd: (footprint) => {
          this.#slots.free(slot)
          if (pid !== undefined) this.#processes.delete(pid)
          this.#journal.write({ kind: 'worker', id, slot, files, footprint })
          this.#noteForwarded(sandboxes)
          if (footprint.failure !== undefined) this.say(footprint.failure)
        },
      },
      runs: (file) => void files.push(file),
    }
  }

  #noteForwarded({ forwarded }: Sandboxes): void {
    const services = sharedServices(forwarded, this.#own)
    if (services.length === this.#forwarded) return
    this.#forwarded = services.length
    this.#journal.write({ kind: 'forwarded', services })
  }

  #open(): Sandboxes {
    if (this.#sandboxes !== undefined) return this.#sandboxes
    const { root, settings, base } = this.plan
    try {
      this.#sandboxes = Sandboxes.open({
        root,
        settings: { ...settings, parts: this.parts },
        base,
        later: this.#later,
        onMessage: (message) => this.say(message),
      })
      return this.#sandboxes
    } catch (error) {
      if (!(error instanceof SandboxError)) throw error
      // A runner would show its own stack, as if a worker had crashed.
      this.say(error.message)
      process.exit(4)
    }
  }
}
