/**
 * Whose turn it is to run: which of the test files that Vitest has handed out, of all projects of one run.
 *
 * Invariants: no more files run than their project's workers, than are allowed now, and than each glob they match
 * allows; at least one runs while any waits. A file that may run never waits for one that may not: it is passed by,
 * and keeps its place. The files of a group run one after another, and a group that has begun goes on in its place as
 * long as one of its files waits. Nobody holds part of what it waits for, so nobody waits in a circle: a group counts for
 * all its files while it runs.
 */

/** Somebody with a test file to run. */
export interface Asker {
  /** Files of one group take turns; undefined is a file on its own. */
  readonly group: string | undefined
  /** The limits its file counts for; those of all its files for a group. */
  readonly globs: readonly string[]
  /** The workers of its project. */
  readonly workers: number
  /**
   * It is its turn, until `end`: after `before`, when its group goes on. Called once, synchronously; it must not throw.
   */
  readonly begin: (before: Asker | undefined) => void
}

export class Turns {
  readonly #waiting: Asker[] = []
  readonly #running = new Set<Asker>()
  readonly #limits = new Map<string, number>()
  #allowed = Infinity
  #pumping = false

  /** Limits how many files that match a glob run at once. Of several limits for one glob the smallest holds. */
  limit(glob: string, most: number): void {
    this.#limits.set(glob, Math.min(most, this.#limits.get(glob) ?? Infinity))
  }

  limitOf(glob: string): number {
    return this.#limits.get(glob) ?? Infinity
  }

  /** Changes how many may run at once, at least one. What runs is not stopped. */
  allow(most: number): void {
    this.#allowed = Math.max(1, most)
    this.#pump()
  }

  get running(): number {
    return this.#running.size
  }

  get waiting(): number {
    return this.#waiting.length
  }

  ask(asker: Asker): void {
    this.#waiting.push(asker)
    this.#pump()
  }

  /** Ends a turn, or no longer waits for it. Harmless when it is over. */
  end(asker: Asker): void {
    const at = this.#waiting.indexOf(asker)
    if (at !== -1) this.#waiting.splice(at, 1)
    if (!this.#running.delete(asker)) return
    const next = this.#waiting.find(({ group }) => group !== undefined && group === asker.group)
    if (next !== undefined) {
      this.#waiting.splice(this.#waiting.indexOf(next), 1)
      this.#running.add(next)
      next.begin(asker)
    }
    this.#pump()
  }

  #pump(): void {
    // Whoever begins may end at once, which changes what is being walked here.
    if (this.#pumping) return
    this.#pumping = true
    for (let at = 0; at < this.#waiting.length && this.#running.size < this.#allowed;) {
      const asker = this.#waiting[at] as Asker
      if (this.#mayRun(asker)) {
        this.#waiting.splice(at, 1)
        this.#running.add(asker)
        const before = this.#running.size
        asker.begin(undefined)
        if (this.#running.size < before) at = 0
      } else at += 1
    }
    this.#pumping = false
  }

  #mayRun({ group, globs, workers }: Asker): boolean {
    if (this.#running.size >= workers) return false
    if (group !== undefined && [...this.#running].some((other) => other.group === group))
      return false
    return globs.every((glob) => {
      let count = 0
      for (const running of this.#running) if (running.globs.includes(glob)) count += 1
      return count < this.limitOf(glob)
    })
  }
}
