/** The time that experiments may take. It starts when it is made. */
export class Budget {
  readonly limitMs: number
  readonly #now: () => number
  readonly #startedAt: number

  /** @param now a clock that never goes back, in ms. */
  constructor(limitMs: number, now = (): number => performance.now()) {
    this.limitMs = limitMs
    this.#now = now
    this.#startedAt = now()
  }

  /** Time since the start. */
  get spentMs(): number {
    return this.#now() - this.#startedAt
  }

  /** Time left, never negative. */
  get leftMs(): number {
    return Math.max(0, this.limitMs - this.spentMs)
  }

  /** True when something that takes about so long may still be started. */
  allows(expectedMs: number): boolean {
    return this.leftMs > 0 && expectedMs <= this.leftMs * 1.25
  }
}

/** The budget of somebody who asked for none: a fifth of the first run, from 30 s to 5 min. */
export function defaultBudgetMs(firstRunMs: number): number {
  return Math.max(30_000, Math.min(300_000, firstRunMs * 0.2))
}

/** From here on a test costs about as much as another start of its runner. */
export const slowMs = 500

/** How often a test that takes so long may run alone; slow tests are dear. */
export function mostRunsAlone(durationMs: number, thorough: boolean): number {
  if (thorough) return 64
  if (durationMs < 500) return 24
  if (durationMs < 5000) return 10
  if (durationMs < 10_000) return 5
  return durationMs < 30_000 ? 3 : 2
}
