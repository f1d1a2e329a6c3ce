import type { LeasedLane } from '@isolane/core/host'
import type { ProjectGroups } from './turns/project-groups.ts'

/** The lanes of groups that have begun, and how many workers are on each: one at a time, or none between two files. */
export class GroupLanes {
  readonly #groups: ProjectGroups | undefined
  readonly #begun = new Map<string, { readonly lane: LeasedLane; seated: number }>()

  constructor(groups: ProjectGroups | undefined) {
    this.#groups = groups
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
  abandon(lane: string): void {
    for (const [group, begun] of this.#begun) if (begun.lane.id === lane) this.#begun.delete(group)
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
