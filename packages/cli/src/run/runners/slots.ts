/** The places of workers that run side by side, from 1. */
export class Slots {
  readonly #taken = new Set<number>()

  /** Gives this place, or the smallest free one. */
  take(wanted?: number): number {
    let slot = wanted ?? 1
    if (wanted === undefined) while (this.#taken.has(slot)) slot += 1
    this.#taken.add(slot)
    return slot
  }

  free(slot: number): void {
    this.#taken.delete(slot)
  }
}
