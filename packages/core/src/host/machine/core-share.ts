import type { Registry } from '../../registry/registry.ts'
import type { WantRow } from '../../registry/rows.ts'
import { fairShare } from './fair-share.ts'
import type { MachineRoom, Room } from './machine-room.ts'

/** Another run of the machine that has workers at work, or wants some. */
export interface OtherRun {
  readonly pid: number
  /** Project root. */
  readonly root: string
}

/** What one run may have of the machine now. */
export interface CoreShare {
  readonly room: Room
  /** Its fair part of the cores that are left, at least 1; all of them while nobody else wants any. */
  readonly workers: number
  readonly others: readonly OtherRun[]
}

/** Shares the cores of the machine among its live runs, through the registry: each looks for itself. */
export class CoreSharing {
  readonly #registry: Registry
  readonly #run: string
  readonly #room: MachineRoom
  #said: number | undefined

  constructor(registry: Registry, run: string, room: MachineRoom) {
    this.#registry = registry
    this.#run = run
    this.#room = room
  }

  /** @param wants how many workers this run would run now. 0: none, it takes no part. */
  async share(wants: number): Promise<CoreShare> {
    if (wants !== this.#said) await this.#registry.setWants(this.#run, wants)
    this.#said = wants
    const rows = await this.#registry.wants()
    const room = this.#room.look([...new Set(rows.map(({ pid }) => pid))])
    const processes = byProcess(rows)
    const shares = fairShare(
      room.leftCores,
      processes.map((one) => one.wants),
    )
    const own = processes.findIndex(({ runs }) => runs.includes(this.#run))
    const left = room.leftCores - shares.reduce((sum, share) => sum + share, 0)
    return {
      room,
      workers: Math.max(1, (shares[own] ?? 0) + Math.max(0, left)),
      others: processes.filter((one, at) => at !== own && one.wants > 0),
    }
  }
}

/** Projects of one Vitest are runs of one process. One that says what it wants says it for all of them. */
function byProcess(
  rows: readonly WantRow[],
): (OtherRun & { readonly runs: readonly string[]; readonly wants: number })[] {
  return [...Map.groupBy(rows, ({ pid, start }) => `${pid} ${start}`).values()].map((of) => {
    const said = of.filter(({ wants }) => wants !== null)
    const wants =
      said.length > 0
        ? said.reduce((sum, one) => sum + (one.wants ?? 0), 0)
        : of.reduce((sum, { busy }) => sum + busy, 0)
    const { pid, root } = of[0] as WantRow
    return { pid, root, runs: of.map(({ run }) => run), wants }
  })
}
