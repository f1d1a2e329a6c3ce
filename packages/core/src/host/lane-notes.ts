import type { Registry } from '../registry/registry.ts'
import type { Lane } from './lane.ts'

/** How late the registry may know what a lane is at. */
const pauseMs = 200

/**
 * Records for whoever looks at the registry how the lanes of a run are: who holds them, which test they are at. What
 * changes within `pauseMs` is written together. A run does not wait for it, nor fail with it.
 */
export class LaneNotes {
  readonly #registry: Registry
  readonly #changed = new Set<Lane>()
  #timer: NodeJS.Timeout | undefined

  constructor(registry: Registry) {
    this.#registry = registry
  }

  changed(lane: Lane): void {
    if (lane.state === 'closed') {
      this.#changed.delete(lane)
      this.#registry.removeLane(lane.id).catch(() => undefined)
      return
    }
    this.#changed.add(lane)
    this.#timer ??= setTimeout(() => void this.write(), pauseMs).unref()
  }

  /** Writes now, when something has changed of this lane. */
  async writeOf(id: string): Promise<void> {
    for (const lane of this.#changed) if (lane.id === id) return await this.write()
  }

  async write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const entries = [...this.#changed].map((lane) => {
      const { id, state, slot, pid, generation, test, testSince, since, facts } = lane
      const { run, number } = facts
      const workerPid = pid === 0 ? undefined : pid
      return { id, run, number, state, since, slot, generation, test, testSince, workerPid }
    })
    this.#changed.clear()
    await this.#registry.setLanes(entries).catch(() => undefined)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#changed.clear()
  }
}
