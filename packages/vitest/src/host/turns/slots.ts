/** The places of a run's workers, from 1 up: the lowest that is free goes to the next. */
export class Slots {
  readonly #taken = new Set<number>()

  take(): number {
    let slot = 1
    while (this.#taken.has(slot)) slot += 1
    this.#taken.add(slot)
    return slot
  }

  free(slot: number): void {
    this.#taken.delete(slot)
  }
}
