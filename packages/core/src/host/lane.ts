/**
 * One lane: its resources from the first `provision` to the last `dispose`, and its state.
 *
 *     making -> ready -> leased -> dirty -> resetting -> ready        any state -> closed
 *
 * The lane host decides when a state changes; a lane only knows how to do what a change needs.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Resources } from '../lanes.ts'
import { removeTree } from '../registry/remove-tree.ts'
import type {
  Env,
  LaneFacts,
  Provisioned,
  ResetContext,
  ResetOutcome,
  Resource,
} from '../resource.ts'
import type { Threads } from '../provision/threads.ts'
import { laneVariables } from '../shared/env.ts'
import { protocolVersion } from '../shared/protocol.ts'
import type { KeptEvidence, LaneFile } from '../shared/protocol.ts'
import { settleAll } from '../shared/settle-all.ts'
import { failedVerb } from './failed-verb.ts'
import { aboveOf, HostHandles } from './host-handles.ts'
import { laneEvidence } from './lane-evidence.ts'
import { LaneFactsFile } from './lane-facts-file.ts'
import type { Lease, Leases } from './leases.ts'

export type LaneState = 'making' | 'ready' | 'leased' | 'dirty' | 'resetting' | 'closed'

/** What a lane is made from. */
export interface LanePlan {
  readonly facts: LaneFacts
  readonly resources: Resources
  readonly templates: ReadonlyMap<string, unknown>
  readonly root: string
  readonly runDir: string
  readonly threads: Threads
  /** Where it makes temp directories; undefined is the machine's place for them. */
  readonly temp?: string | undefined
  readonly holdings: Leases
  readonly signal: AbortSignal
  readonly lanesWanted: number
}

export class Lane {
  readonly #plan: LanePlan
  readonly #data = new Map<string, unknown>()
  readonly #factsFile = new LaneFactsFile()
  #env: Env = {}
  /** The last thing being done to the resources: a worker may die while its lane is being reset. */
  #turn: Promise<unknown> = Promise.resolve()
  state: LaneState = 'making'
  generation = 1
  /** Slot of the worker that holds the lane; 0 when nobody does. */
  slot = 0
  /** Process id of that worker; 0 while it is not known. */
  pid = 0
  /** The test that worker is at, as far as it or its runner says it. */
  test: string | undefined
  /** When the lane came into its state, and its worker to its test: ISO 8601 UTC. */
  since = new Date().toISOString()
  testSince: string | undefined

  constructor(plan: LanePlan) {
    this.#plan = plan
  }

  get id(): string {
    return this.#plan.facts.id
  }

  get facts(): LaneFacts {
    return this.#plan.facts
  }

  /** The lane's variables, without the slot, which only a lease knows. */
  get env(): Env {
    return this.#env
  }

  get leases(): readonly Lease[] {
    return this.#plan.holdings.own
  }

  get file(): LaneFile {
    const { run, id, number, dir } = this.#plan.facts
    return {
      protocol: protocolVersion,
      run,
      id,
      number,
      generation: this.generation,
      dir,
      data: Object.fromEntries(this.#data),
      env: this.#env,
      leases: this.leases,
    }
  }

  /** Provisions every resource in declaration order. What was made is disposed of when one fails. */
  async make(): Promise<void> {
    const { facts, resources, runDir } = this.#plan
    this.#env = {
      [laneVariables.run]: facts.run,
      [laneVariables.lane]: facts.id,
      [laneVariables.host]: runDir,
    }
    const handles = new HostHandles()
    const baseHooks: (() => Promise<void>)[] = []
    try {
      await mkdir(facts.dir, { recursive: true, mode: 0o700 })
      for (const [name, resource] of Object.entries(resources)) {
        this.#plan.signal.throwIfAborted()
        await mkdir(this.#dirOf(name), { mode: 0o700 })
        const { data, env } = await this.#provision(name, resource, handles, baseHooks)
        this.#env = { ...this.#env, ...env }
        handles.add(name, (onClose) => resource.open(data, { name, lane: facts, onClose }))
      }
      await handles.close()
      for (const hook of baseHooks) await hook()
      this.#factsFile.write(this.file)
    } catch (error) {
      await handles.close().catch(() => undefined)
      await this.close().catch(() => undefined)
      throw error
    }
  }

  async #provision(
    name: string,
    resource: Resource,
    handles: HostHandles,
    baseHooks: (() => Promise<void>)[],
  ): Promise<Provisioned<unknown>> {
    const { facts, root, templates, threads, temp, holdings, signal, lanesWanted } = this.#plan
    try {
      const provisioned = await resource.provision({
        name,
        root,
        template: templates.get(name),
        lane: facts,
        dir: this.#dirOf(name),
        env: this.#env,
        above: aboveOf(name, handles),
        threads,
        temp,
        holdings,
        signal,
        lanesWanted,
        onBase: (hook) => baseHooks.push(hook),
      })
      // A file cannot tell undefined from what is not there.
      this.#data.set(name, provisioned.data ?? null)
      // Whose data cannot travel is known here; in the lane's file it would be nobody's.
      JSON.stringify(provisioned.data)
      return provisioned
    } catch (cause) {
      throw failedVerb('provision', name, facts, cause)
    }
  }

  /** Brings every resource back to the lane's base and raises the generation. */
  async reset({ fresh = false }: { fresh?: boolean } = {}): Promise<ResetOutcome> {
    return await this.#inTurn(() => this.#reset(fresh))
  }

  async #reset(fresh: boolean): Promise<ResetOutcome> {
    let at = 'lane.json'
    try {
      for (const [name, resource, data] of this.#made()) {
        at = name
        const outcome = await resource.reset(data, { ...this.#context(name), fresh })
        if (!outcome.ok) return outcome
      }
      at = 'lane.json'
      this.generation += 1
      this.#factsFile.raise(this.generation)
      return { ok: true }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { ok: false, reason: `${at}: ${reason}` }
    }
  }

  /** Makes the state of this moment the base. */
  async rebase(): Promise<void> {
    await this.#inTurn(async () => {
      for (const [name, resource, data] of this.#made()) {
        await resource.rebase?.(data, this.#context(name))
      }
    })
  }

  /** Keeps what helps to understand a failed test, in `into`. */
  async evidence(into: string): Promise<KeptEvidence[]> {
    return await this.#inTurn(() => laneEvidence(this.#made(), (name) => this.#context(name), into))
  }

  /** Disposes of every resource in reverse order, then of the directory. Collects errors and throws all. */
  async close(): Promise<void> {
    if (this.state === 'closed') return
    this.state = 'closed'
    await this.#turn
    this.#factsFile.close()
    const { facts, holdings } = this.#plan
    const disposals = this.#made().map(([name, resource, data]) => async () => {
      try {
        await resource.dispose(data, { name, lane: facts, dir: this.#dirOf(name), holdings })
      } catch (cause) {
        throw failedVerb('dispose', name, facts, cause)
      }
    })
    await settleAll(`Lane ${facts.id} did not close cleanly`, [
      ...disposals.reverse(),
      () => removeTree(facts.dir),
    ])
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return await result
  }

  #made(): [string, Resource, unknown][] {
    const made: [string, Resource, unknown][] = []
    for (const [name, resource] of Object.entries(this.#plan.resources)) {
      if (this.#data.has(name)) made.push([name, resource, this.#data.get(name)])
    }
    return made
  }

  #dirOf(name: string): string {
    return join(this.#plan.facts.dir, name)
  }

  #context(name: string): ResetContext {
    const { facts, threads, signal } = this.#plan
    return { name, lane: facts, dir: this.#dirOf(name), threads, signal }
  }
}
