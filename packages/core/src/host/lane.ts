/**
 * One lane: its resources from the first `provision` to the last `dispose`, and its state.
 *
 *     making -> ready -> leased -> dirty -> resetting -> ready        any state -> closed
 *
 * The lane host decides when a state changes; a lane only knows how to do what a change needs.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { IsolaneError, isIsolaneError } from '@isolane/record'
import type { Resources } from '../lanes.ts'
import type { Env, Holdings, LaneFacts, ResetContext, ResetOutcome } from '../resource.ts'
import type { Threads } from '../provision/threads.ts'
import { laneVariables } from '../shared/env.ts'
import { laneFilePath, protocolVersion } from '../shared/protocol.ts'
import type { KeptEvidence, LaneFile } from '../shared/protocol.ts'
import { aboveOf, HostHandles } from './host-handles.ts'

export type LaneState = 'making' | 'ready' | 'leased' | 'dirty' | 'resetting' | 'closed'

/** What a lane is made from. */
export interface LanePlan {
  readonly facts: LaneFacts
  readonly resources: Resources
  readonly templates: ReadonlyMap<string, unknown>
  readonly root: string
  readonly runDir: string
  readonly threads: Threads
  readonly holdings: Holdings
  readonly signal: AbortSignal
  readonly lanesWanted: number
}

export class Lane {
  readonly #plan: LanePlan
  readonly #data = new Map<string, unknown>()
  #env: Env = {}
  /** The last thing being done to the resources: a worker may die while its lane is being reset. */
  #turn: Promise<unknown> = Promise.resolve()
  state: LaneState = 'making'
  generation = 1
  /** Slot of the worker that holds the lane; 0 when nobody does. */
  slot = 0

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
        const dir = this.#dirOf(name)
        await mkdir(dir, { mode: 0o700 })
        const { data, env } = await resource
          .provision({
            name,
            root: this.#plan.root,
            template: this.#plan.templates.get(name),
            lane: facts,
            dir,
            env: this.#env,
            above: aboveOf(name, handles),
            threads: this.#plan.threads,
            holdings: this.#plan.holdings,
            signal: this.#plan.signal,
            lanesWanted: this.#plan.lanesWanted,
            onBase: (hook) => baseHooks.push(hook),
          })
          .catch((cause: unknown) => {
            throw failedVerb('provision', name, facts, cause)
          })
        this.#data.set(name, data)
        this.#env = { ...this.#env, ...env }
        handles.add(name, (onClose) => resource.open(data, { name, lane: facts, onClose }))
      }
      await handles.close()
      for (const hook of baseHooks) await hook()
      await this.#save()
    } catch (error) {
      await handles.close().catch(() => undefined)
      await this.close().catch(() => undefined)
      throw error
    }
  }

  /** Brings every resource back to the lane's base and raises the generation. */
  async reset(): Promise<ResetOutcome> {
    return await this.#inTurn(() => this.#reset())
  }

  async #reset(): Promise<ResetOutcome> {
    for (const [name, resource, data] of this.#made()) {
      const outcome = await resource
        .reset(data, this.#context(name))
        .catch((error: unknown): ResetOutcome => ({
          ok: false,
          reason: `${name}: ${error instanceof Error ? error.message : String(error)}`,
        }))
      if (!outcome.ok) return outcome
    }
    this.generation += 1
    await this.#save()
    return { ok: true }
  }

  /** Makes the state of this moment the base. */
  async rebase(): Promise<void> {
    await this.#inTurn(async () => {
      for (const [name, resource, data] of this.#made()) {
        await resource.rebase?.(data, this.#context(name))
      }
    })
  }

  /** Keeps what helps to understand a failed test, in `into`. A resource that cannot say is named, not hidden. */
  async evidence(into: string): Promise<KeptEvidence[]> {
    return await this.#inTurn(() => this.#evidence(into))
  }

  async #evidence(into: string): Promise<KeptEvidence[]> {
    const kept: KeptEvidence[] = []
    for (const [name, resource, data] of this.#made()) {
      if (resource.evidence === undefined) continue
      try {
        const found = await resource.evidence(data, { ...this.#context(name), into })
        if (found === undefined) continue
        const { summary, detail, kept: file } = found
        kept.push({
          resource: name,
          summary,
          ...(file === undefined ? {} : { path: file.path, open: file.open }),
          ...(detail === undefined ? {} : { detail }),
        })
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        kept.push({ resource: name, summary: `could not be kept: ${reason.split('\n')[0] ?? ''}` })
      }
    }
    return kept
  }

  /** Disposes of every resource in reverse order, then of the directory. Collects errors and throws all. */
  async close(): Promise<void> {
    if (this.state === 'closed') return
    this.state = 'closed'
    await this.#turn
    const errors: unknown[] = []
    const { facts, holdings } = this.#plan
    for (const [name, resource, data] of this.#made().reverse()) {
      try {
        await resource.dispose(data, { name, lane: facts, dir: this.#dirOf(name), holdings })
      } catch (error) {
        errors.push(error)
      }
    }
    await rm(facts.dir, { recursive: true, force: true, maxRetries: 5 }).catch((error: unknown) =>
      errors.push(error),
    )
    if (errors.length > 0)
      throw new AggregateError(errors, `Lane ${facts.id} did not close cleanly`)
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return await result
  }

  #made(): [string, Resources[string], unknown][] {
    const made: [string, Resources[string], unknown][] = []
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

  async #save(): Promise<void> {
    const path = laneFilePath(this.#plan.facts.dir)
    const next = `${path}.${randomBytes(4).toString('hex')}`
    await writeFile(next, JSON.stringify(this.file), { mode: 0o600 })
    await rename(next, path)
  }
}

/** The user's words for a failed verb: errors of ours as they are, others with their resource and lane. */
export function failedVerb(
  verb: string,
  name: string,
  lane: LaneFacts | undefined,
  cause: unknown,
): unknown {
  if (isIsolaneError(cause)) return cause
  if (cause instanceof Error && cause.name === 'AbortError') return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new IsolaneError('ISOLANE_LANE', {
    message: `Resource "${name}" failed to ${verb}${lane === undefined ? '' : ` for lane ${lane.id}`}: ${reason}`,
    hint: `the error comes from "${name}" in defineLanes(); its own message stands above.`,
    details: { resource: name, verb, ...(lane === undefined ? {} : { lane: lane.id }) },
    cause,
  })
}
