import type { LeasedLane } from '@isolane/core/host'
import { plain } from '@isolane/core/host'
import { pathOf } from './supervisor/place.ts'
import type { ProjectGroups } from './turns/project-groups.ts'

/** A worker that died unasked, and the file it was at or had been at; undefined when it did not start. */
export interface Died {
  readonly file: string | undefined
  /** It was at the file, which does not run again. */
  readonly breaksOff: boolean
}

/** The lanes of groups that have begun, and how many workers are on each: one at a time, or none between two files. */
export class GroupLanes {
  readonly #groups: ProjectGroups | undefined
  readonly #root: string
  readonly #onMessage: (message: string) => void
  readonly #begun = new Map<string, { readonly lane: LeasedLane; seated: number }>()

  constructor(
    groups: ProjectGroups | undefined,
    { root, onMessage }: { root: string; onMessage: (message: string) => void },
  ) {
    this.#groups = groups
    this.#root = root
    this.#onMessage = onMessage
  }

  /** The lane of a group that has begun, which one more worker is on now. */
  join(group: string | undefined): LeasedLane | undefined {
    const begun = group === undefined ? undefined : this.#begun.get(group)
    if (begun !== undefined) begun.seated += 1
    return begun?.lane
  }

  /** A group begins, and one worker is on its lane. */
  begin(group: string | undefined, lane: LeasedLane): void {
    if (group !== undefined) this.#begun.set(group, { lane, seated: 1 })
  }

  /** A worker has left the lane. Tells whether a group still has it. */
  leave(lane: string): boolean {
    const begun = [...this.#begun.values()].find((one) => one.lane.id === lane)
    if (begun !== undefined) begun.seated -= 1
    return begun !== undefined
  }

  /** What comes next of the group that has this lane, if one has it, gets another. */
  abandon(lane: string, died?: Died): void {
    const [group] = [...this.#begun].find(([, begun]) => begun.lane.id === lane) ?? []
    if (died !== undefined) this.lost(died, group)
    if (group !== undefined) this.#begun.delete(group)
  }

  /** A worker died, and the lane with what its group left there is lost: says so when the group goes on. */
  lost({ file, breaksOff }: Died, ofLane?: string): void {
    const group = ofLane ?? this.#groups?.of(file)
    if (group === undefined || this.#groups === undefined) return
    // One that was idle has left the lane to its group, unless it stays from file to file and had it itself.
    if (ofLane === undefined && this.#begun.has(group)) return
    const files = this.#groups.filesOf(group).length
    const left = this.#groups.left(group) - (breaksOff ? 1 : 0)
    if (files === 1 || left === 0 || (file === undefined && left === files)) return
    const whose = file === undefined ? 'that did not start' : `of ${pathOf(file, this.#root)}`
    this.#onMessage(
      `group "${plain(group)}" has lost its lane with the worker ${whose}: what still runs of it starts from the base, on another lane.`,
    )
  }

  /** A run is over, also for groups of which files have not run. Gives the lanes that nobody has. */
  clear(): readonly { readonly lane: LeasedLane; readonly group: string }[] {
    const left = [...this.#begun].filter(([, { seated }]) => seated === 0)
    this.#begun.clear()
    return left.map(([group, { lane }]) => ({ lane, group }))
  }

  /** A file has run, or will not. Gives the lane that nobody has after the last file of its group. */
  fileDone(file: string): { readonly lane: LeasedLane; readonly group: string } | undefined {
    const group = this.#groups?.of(file)
    if (group === undefined || this.#groups?.isOver(group) !== true) return undefined
    const begun = this.#begun.get(group)
    this.#begun.delete(group)
    return begun?.seated === 0 ? { lane: begun.lane, group } : undefined
  }
}
