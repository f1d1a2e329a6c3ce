import { mkdirSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { collectWorkers, SandboxError, Sandboxes } from '@isolane/sandbox'
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
  /** Says that the worker runs this test file: what it changes in it, an inline snapshot, is kept. */
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
  /** The sandboxes read it whenever one of them ends. */
  readonly #keep: string[]
  #sandboxes: Sandboxes | undefined
  #count = 0

  constructor(plan: RunPlan, name: string) {
    this.plan = plan
    this.#keep = [...plan.settings.keep]
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
    if (this.#shared.has(directory)) return
    mkdirSync(directory, { recursive: true })
    this.#shared.add(directory)
  }

  /** Copies back what workers write to this file or below this directory, when it lies in the project. */
  keep(path: string): void {
    const inside = relative(this.plan.root, resolve(path))
    if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) return
    const exact = inside.replaceAll(/[\\*?[\]{}()!+@|]/g, String.raw`\$&`)
    this.keepGlobs([exact, `${exact}/**`])
  }

  /** Copies back what workers write to files that these globs match, relative to the project's root. */
  keepGlobs(globs: readonly string[]): void {
    for (const glob of globs) if (!this.#keep.includes(glob)) this.#keep.push(glob)
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
   */
  workers(own: number, off?: string): number {
    const { workers, line } = parallelWorkers({ wanted: this.plan.workers, own, off })
    if (line !== undefined) this.say(line)
    return workers
  }

  /** Makes the sandbox of a worker that is about to be forked. */
  enter(start: WorkerStart): Worker {
    const sandboxes = this.#open()
    const shared = [...this.#shared, ...(start.shared ?? [])]
    const sandbox = sandboxes.enter({ ...start, shared })
    const id = ++this.#count
    const slot = this.#slots.take(start.slot)
    const files: string[] = []
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
        onEnd: (footprint) => {
          this.#slots.free(slot)
          this.#journal.write({ kind: 'worker', id, slot, files, footprint })
        },
      },
      runs: (file) => {
        files.push(file)
        this.keep(file)
      },
    }
  }

  #open(): Sandboxes {
    if (this.#sandboxes !== undefined) return this.#sandboxes
    const { root, settings, base } = this.plan
    try {
      this.#sandboxes = Sandboxes.open({
        root,
        settings: { ...settings, parts: this.parts, keep: this.#keep },
        base,
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
