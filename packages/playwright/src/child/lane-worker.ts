import { isIsolaneError } from '@isolane/core'
import { closeHandles, HostClient, protocolVersion } from '@isolane/core/child'
import type { KeptEvidence, LaneFile } from '@isolane/core/child'

// The browser keeps its profile in the worker's temp directory, and a reset empties the lane's.
const ownVariables = new Set(['TMPDIR', 'TMP', 'TEMP'])

/** The lane of this worker process, held from the worker's first test to its end. */
export class LaneWorker {
  readonly #client: HostClient
  readonly #slot: number
  #lane: LaneFile
  /** The test that used the lane last: a reset that fails is its fault. */
  #previous: string | undefined
  #file: string | undefined
  #leasedMs = Date.now()

  private constructor(client: HostClient, slot: number, lane: LaneFile) {
    this.#client = client
    this.#slot = slot
    this.#lane = lane
  }

  /**
   * Waits for a ready lane and puts its variables into this process.
   *
   * @throws IsolaneError `ISOLANE_OUTSIDE_LANE` without `isolated()` in the config; what kept a lane from being made.
   */
  static async start(slot: number): Promise<LaneWorker> {
    const client = await HostClient.connect()
    try {
      return new LaneWorker(client, slot, await acquire(client, slot))
    } catch (error) {
      await client.close()
      throw error
    }
  }

  get id(): string {
    return this.#lane.id
  }

  /** Since when this worker has the lane, in milliseconds since 1970. */
  get leasedMs(): number {
    return this.#leasedMs
  }

  /** Directory of the lane, mode 0700, gone with it. */
  get dir(): string {
    return this.#lane.dir
  }

  /** Notes the test that runs now. */
  testing(title: string): void {
    this.#previous = title
    this.#client.request({ type: 'beat', lane: this.id, test: title }).catch(() => undefined)
  }

  /** Notes that a test or a hook of `file` has used the lane. */
  usedBy(file: string): void {
    this.#file = file
  }

  /** True when a test or a hook has used the lane since it was at its base. */
  get used(): boolean {
    return this.#file !== undefined
  }

  usedByOther(file: string): boolean {
    return this.used && this.#file !== file
  }

  /**
   * Brings the lane back to its base. A lane that cannot be reset is given back for another one; then the reason is
   * returned.
   */
  async reset(): Promise<string | undefined> {
    try {
      await this.#client.request({ type: 'reset', lane: this.id, test: this.#previous })
      return undefined
    } catch (error) {
      if (!isIsolaneError(error) || error.code !== 'ISOLANE_RESET') throw error
      await closeHandles()
      await this.#client.request({ type: 'release', lane: this.id, discard: true })
      this.#lane = await acquire(this.#client, this.#slot)
      this.#leasedMs = Date.now()
      return error.message
    } finally {
      this.#file = undefined
      this.#previous = undefined
    }
  }

  /** Makes the lane's present state the one it returns to. */
  async rebase(): Promise<void> {
    await this.#client.request({ type: 'rebase', lane: this.id })
  }

  /** Keeps what helps to understand a failed test. */
  async evidence(test: string): Promise<readonly KeptEvidence[]> {
    return await this.#client.request({ type: 'evidence', lane: this.id, test })
  }

  /** Gives the lane back. */
  async close(): Promise<void> {
    try {
      await closeHandles()
    } finally {
      await this.#client.close()
    }
  }
}

async function acquire(client: HostClient, slot: number): Promise<LaneFile> {
  const { lane, env } = await client.request({
    type: 'acquire',
    protocol: protocolVersion,
    slot,
    pid: process.pid,
  })
  for (const [name, value] of Object.entries(env)) {
    if (!ownVariables.has(name)) process.env[name] = value
  }
  return lane
}
