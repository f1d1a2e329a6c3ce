import { existsSync } from 'node:fs'
import { keyPath } from '@isolane/record'
import type { LaneEvent, Touch } from '@isolane/record'
import type { Footprint } from '@isolane/sandbox'
import { RecordWriter } from '@isolane/record/writer'
import type { Lane } from './lane.ts'

/**
 * Tells the record that a reporter writes what happens to lanes: `made`, `leased`, `reset`, `closed`. A record begins
 * with its reporter: until that has made the file, events wait, and without a reporter there is none. What cannot be
 * written is told once, and ends it: a run does not fail with its record.
 */
export class LaneRecord {
  readonly #path: string
  readonly #onMessage: ((message: string) => void) | undefined
  readonly #states = new Map<string, Lane['state']>()
  readonly #holders = new Map<string, Pick<LaneEvent, 'worker' | 'slot'>>()
  #waiting: (LaneEvent | Touch)[] = []
  #writer: RecordWriter | undefined
  #closed = false

  /** The record of this run; undefined when nobody asked for one. */
  static ofRun(onMessage?: (message: string) => void): LaneRecord | undefined {
    const path = process.env['ISOLANE_RECORD']
    return path === undefined || path === '' ? undefined : new LaneRecord(path, onMessage)
  }

  private constructor(path: string, onMessage: ((message: string) => void) | undefined) {
    this.#path = path
    this.#onMessage = onMessage
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
    this.#write({
      kind: 'lane',
      event,
      lane: id,
      generation,
      ...(ports.length === 0 ? {} : { ports }),
    })
  }

  /** A lane was brought back to its base while its worker kept it. */
  resetInPlace({ id, generation }: Lane): void {
    this.#write({ kind: 'lane', event: 'reset', lane: id, generation, ...this.#holders.get(id) })
  }

  /** A worker has a lane, by the name and place that its runner gives it. Told again, it says nothing new. */
  leased(lane: string, worker: string, slot: number): void {
    if (this.#holders.get(lane)?.worker === worker) return
    const holder = { worker, ...(slot > 0 ? { slot } : {}) }
    this.#holders.set(lane, holder)
    this.#write({ kind: 'lane', event: 'leased', lane, ...holder })
  }

  /** What the worker on a lane used in its sandbox, for itself alone; `files` are the test files that it ran. */
  usedApart(
    lane: string,
    files: readonly string[],
    { written, ports }: Pick<Footprint, 'written' | 'ports'>,
  ): void {
    const cwd = process.cwd()
    const [file, ...others] = files
    const by = {
      access: 'write',
      apart: true,
      ...(file === undefined || others.length > 0 ? {} : { file: keyPath(cwd, file) }),
      ...this.#holders.get(lane),
    } as const
    for (const port of ports)
      this.#write({ kind: 'touch', what: 'port', name: String(port), ...by })
    for (const { path, kind } of written) {
      if (kind === 'directory') continue
      const name = keyPath(cwd, path)
      this.#write({
        kind: 'touch',
        what: 'file',
        name: name.startsWith('../') ? path : name,
        ...by,
      })
    }
  }

  /** Ends it: that lanes are closed with the run goes without saying. */
  close(): void {
    this.#closed = true
    this.#writer?.close()
  }

  #write(line: Omit<LaneEvent, 'atMs'> | Omit<Touch, 'atMs'>): void {
    if (this.#closed) return
    this.#waiting.push({ ...line, atMs: Date.now() })
    if (this.#writer === undefined && !existsSync(this.#path)) return
    try {
      this.#writer ??= new RecordWriter(this.#path)
      this.#writer.writeAll(this.#waiting)
    } catch (error) {
      this.close()
      const reason = error instanceof Error ? error.message : String(error)
      this.#onMessage?.(`The record ${this.#path} tells of no lane from here on: ${reason}`)
    }
    this.#waiting = []
  }
}
