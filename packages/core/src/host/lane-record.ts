import { existsSync } from 'node:fs'
import type { LaneEvent } from '@isolane/record'
import { RecordWriter } from '@isolane/record/writer'
import type { Lane } from './lane.ts'

/**
 * Tells the record that a reporter writes what happens to lanes: `made`, `leased`, `reset`, `closed`. A record begins
 * with its reporter: until that has made the file, events wait, and without a reporter there is none.
 */
export class LaneRecord {
  readonly #path: string
  readonly #states = new Map<string, Lane['state']>()
  readonly #holders = new Map<string, Pick<LaneEvent, 'worker' | 'slot'>>()
  #waiting: LaneEvent[] = []
  #writer: RecordWriter | undefined
  #closed = false

  /** The record of this run; undefined when nobody asked for one. */
  static ofRun(env: NodeJS.ProcessEnv = process.env): LaneRecord | undefined {
    const path = env['ISOLANE_RECORD']
    return path === undefined || path === '' ? undefined : new LaneRecord(path)
  }

  private constructor(path: string) {
    this.#path = path
  }

  /** A lane has come into another state. */
  changed({ id, state, generation, leases }: Lane): void {
    const before = this.#states.get(id)
    this.#states.set(id, state)
    const event =
      state === 'closed'
        ? 'closed'
        : state !== 'ready'
          ? undefined
          : before === undefined || before === 'making'
            ? 'made'
            : before === 'resetting'
              ? 'reset'
              : undefined
    if (state === 'closed') this.#states.delete(id)
    if (state !== 'leased') this.#holders.delete(id)
    if (event === undefined) return
    const ports = leases.filter(({ kind }) => kind === 'port').map(({ name }) => Number(name))
    this.#write({ event, lane: id, generation, ...(ports.length === 0 ? {} : { ports }) })
  }

  /** A lane was brought back to its base while its worker kept it. */
  resetInPlace({ id, generation }: Lane): void {
    this.#write({ event: 'reset', lane: id, generation, ...this.#holders.get(id) })
  }

  /** A worker has a lane, by the name and place that its runner gives it. Told again, it says nothing new. */
  leased(lane: string, worker: string, slot: number): void {
    if (this.#holders.get(lane)?.worker === worker) return
    const holder = { worker, ...(slot > 0 ? { slot } : {}) }
    this.#holders.set(lane, holder)
    this.#write({ event: 'leased', lane, ...holder })
  }

  /** Ends it: that lanes are closed with the run goes without saying. */
  close(): void {
    this.#closed = true
    this.#writer?.close()
  }

  #write(event: Omit<LaneEvent, 'kind' | 'atMs'>): void {
    if (this.#closed) return
    this.#waiting.push({ kind: 'lane', ...event, atMs: Date.now() })
    if (this.#writer === undefined && !existsSync(this.#path)) return
    this.#writer ??= new RecordWriter(this.#path)
    this.#writer.writeAll(this.#waiting)
    this.#waiting = []
  }
}
