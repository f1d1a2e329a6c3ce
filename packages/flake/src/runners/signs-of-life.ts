/** What a test may take whose runner does not say what it allows, in ms. */
const unknownMs = 150_000

/** When something was last heard of the tests of a run, and for how long a healthy one may be silent. */
export class SignsOfLife {
  readonly #allowed = new Map<string, number>()
  #heardAt = performance.now()
  #longestMs = 0

  hear(): void {
    this.#heardAt = performance.now()
  }

  /** Time since the last sign, in ms. */
  get silentMs(): number {
    return performance.now() - this.#heardAt
  }

  /**
   * Notes what a test is allowed.
   *
   * @param timeoutMs undefined where the runner does not say; 0: without limit.
   */
  allow(key: string, timeoutMs: number | undefined): void {
    if (timeoutMs !== undefined) this.#allowed.set(key, timeoutMs || Infinity)
  }

  /** Notes how long a test took. */
  took(durationMs: number): void {
    this.#longestMs = Math.max(this.#longestMs, durationMs)
  }

  /** How long nothing may be heard while these tests run: hooks have as long as tests, and both may run into it. */
  healthyMs(keys: readonly string[]): number {
    const allowed = keys.map((key) => 2 * (this.#allowed.get(key) ?? unknownMs))
    return allowed.reduce((most, ms) => Math.max(most, ms), 5 * this.#longestMs)
  }
}
