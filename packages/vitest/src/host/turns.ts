/**
 * Whose turn it is, in a run with groups. Vitest gives a file to a worker without knowing which files must wait for each
 * other: it is told of more workers than there are, starts all files at once, and here each waits until a place is free.
 *
 * Invariants: no more files run at once than there are places; a group that has begun keeps its place until its last
 * file is done; a place is free only while no file waits that could run. Every decision is taken synchronously.
 */
import type { PoolWorker } from 'vitest/node'

/** A file that waits for its turn, runs, or has run. */
export interface Turn {
  /** Files of one group take turns; undefined is a file on its own. */
  readonly group: string | undefined
  /** Turns of the same kind may share one process; undefined when each has its own. */
  readonly kind: string | undefined
  /** The most that may run at once. */
  readonly places: number
  /** It is its turn: in this place, and in this process when one goes on with it. */
  begin(place: number, worker: PoolWorker | undefined): void
  /** Gives its process away, which has nothing to do any more. */
  handOver(): PoolWorker | undefined
  /** Settles when its process has ended; at once when it has none. */
  gone(): Promise<void>
}

export class Turns {
  readonly #waiting: Turn[] = []
  readonly #places = new Map<number, Turn>()
  #planned = false

  /** Waits for a place. */
  ask(turn: Turn): void {
    this.#waiting.push(turn)
    if (this.#planned) return
    this.#planned = true
    // All files of a run ask in one turn of the event loop: those of a group shall be known when it begins.
    setImmediate(() => {
      this.#planned = false
      this.#fill()
    })
  }

  /** Whether it still waited. From now on it does not. */
  withdraw(turn: Turn): boolean {
    const at = this.#waiting.indexOf(turn)
    if (at === -1) return false
    this.#waiting.splice(at, 1)
    return true
  }

  /** A file is done: its place goes to the next of its group, or to who has waited longest. */
  done(turn: Turn): void {
    const place = [...this.#places].find(([, other]) => other === turn)?.[0]
    if (place === undefined) return
    const ofGroup = this.#waiting.find(({ group }) => group !== undefined && group === turn.group)
    if (ofGroup !== undefined) {
      this.withdraw(ofGroup)
      this.#places.set(place, ofGroup)
      if (ofGroup.kind !== undefined && ofGroup.kind === turn.kind) {
        ofGroup.begin(place, turn.handOver())
        return
      }
      // The lane is the group's: nobody may be on it when the next one comes.
      void turn.gone().then(() => ofGroup.begin(place, undefined))
      return
    }
    this.#places.delete(place)
    const next = this.#next()
    if (next === undefined) return
    this.withdraw(next)
    this.#places.set(place, next)
    const shares = next.kind !== undefined && next.kind === turn.kind
    next.begin(place, shares ? turn.handOver() : undefined)
    this.#fill()
  }

  #fill(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const place = this.#freePlace(next.places)
      if (place === undefined) return
      this.withdraw(next)
      this.#places.set(place, next)
      next.begin(place, undefined)
    }
  }

  #next(): Turn | undefined {
    const begun = new Set([...this.#places.values()].map(({ group }) => group))
    return this.#waiting.find(({ group }) => group === undefined || !begun.has(group))
  }

  #freePlace(places: number): number | undefined {
    for (let place = 1; place <= places; place++) if (!this.#places.has(place)) return place
    return undefined
  }
}
