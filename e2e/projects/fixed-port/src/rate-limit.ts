/** At most `most` calls for each key within a window of `windowMs`. */
export class RateLimit {
  readonly #most: number
  readonly #windowMs: number
  readonly #calls = new Map<string, number[]>()

  constructor(most: number, windowMs: number) {
    this.#most = most
    this.#windowMs = windowMs
  }

  allows(key: string): boolean {
    const now = Date.now()
    const recent = (this.#calls.get(key) ?? []).filter((at) => now - at < this.#windowMs)
    if (recent.length >= this.#most) return false
    this.#calls.set(key, [...recent, now])
    return true
  }
}
