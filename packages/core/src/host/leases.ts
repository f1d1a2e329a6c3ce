import type { Holdings, LeaseHolder } from '../resource.ts'

/** One countable thing of the machine that a lane holds. */
export interface Lease {
  /** For example `port` or `directory`. */
  readonly kind: string
  /** For example the port's number or the directory's path. */
  readonly name: string
}

/** The holdings of one lane, which know what they hold. */
export class Leases implements Holdings {
  readonly #holdings: Holdings
  #own: readonly Lease[] = []

  constructor(holdings: Holdings) {
    this.#holdings = holdings
  }

  /** What the lane holds now, in the order in which it was leased. */
  get own(): readonly Lease[] {
    return this.#own
  }

  async lease(kind: string, name: string): Promise<boolean> {
    const granted = await this.#holdings.lease(kind, name)
    if (granted) this.#own = [...this.#without(kind, name), { kind, name }]
    return granted
  }

  async release(kind: string, name: string): Promise<void> {
    await this.#holdings.release(kind, name)
    this.#own = this.#without(kind, name)
  }

  async leased(kind: string): Promise<string[]> {
    return await this.#holdings.leased(kind)
  }

  async holders(kind: string): Promise<LeaseHolder[]> {
    return await this.#holdings.holders(kind)
  }

  async started(pid: number): Promise<void> {
    await this.#holdings.started(pid)
  }

  async ended(pid: number): Promise<void> {
    await this.#holdings.ended(pid)
  }

  #without(kind: string, name: string): readonly Lease[] {
    return this.#own.filter((lease) => lease.kind !== kind || lease.name !== name)
  }
}
