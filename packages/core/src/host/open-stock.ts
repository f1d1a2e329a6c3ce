import { plain, plainLines } from '@isolane/record/worker'
import { laneDirPath } from '../shared/protocol.ts'
import { capacityOf } from './capacity.ts'
import type { LaneHostOptions } from './lane-host-options.ts'
import type { LaneNotes } from './lane-notes.ts'
import type { LaneRecord } from './lane-record.ts'
import { LaneStock } from './lane-stock.ts'
import { Lane } from './lane.ts'
import { Leases } from './leases.ts'
import type { Run } from './run.ts'
import { prepareTemplates } from './templates.ts'

/** What the lanes of a run are made with. */
export interface StockOptions {
  readonly options: LaneHostOptions
  readonly run: Run
  readonly notes: LaneNotes
  readonly record: LaneRecord | undefined
  /** What used a lane last, by its id, for the message when it cannot be reset. */
  readonly usedBy: Map<string, string>
  /** Directory in which lanes make their temp directories; undefined for the system's. */
  readonly temp: string | undefined
  readonly signal: AbortSignal
  /** The most lanes at once, spares included. */
  readonly wanted: number
}

/**
 * Builds the templates and opens the stock of a run's lanes, which has none yet.
 *
 * @returns `limit`: the most lanes there can be at once, less than was asked for when a resource is finite.
 */
export async function openStock(it: StockOptions): Promise<{ stock: LaneStock; limit: number }> {
  const { options, notes, record, usedBy, signal, wanted } = it
  const { lanes, root, rebuild, onMessage, workers, spares = 1, expected = Infinity } = options
  const { registry, threads } = it.run
  const templates = await prepareTemplates(lanes.resources, {
    root,
    registry,
    threads,
    signal,
    rebuild,
    progress: (message) => onMessage?.(message),
  })
  const capacity = await capacityOf(lanes.resources, registry)
  const limit = Math.min(wanted, capacity?.lanes ?? wanted)
  if (capacity !== undefined && capacity.lanes < workers) {
    onMessage?.(
      `${capacity.lanes} lanes instead of ${workers}: "${capacity.resource}" has no more to give on this machine.`,
    )
  }
  const stock = new LaneStock({
    limit,
    spares,
    expected,
    plan: (number) => plan(number, limit, templates, it),
    onChange: (lane) => {
      record?.changed(lane)
      if (lane.state === 'closed') usedBy.delete(lane.id)
      notes.changed(lane)
    },
    onLeft: (lane, error) => {
      onMessage?.(`Lane ${lane.id} left something behind: ${reasonOf(error)}`)
    },
    onReplaced: ({ id }, reason) => {
      const user = usedBy.get(id)
      const after = user === undefined ? '' : ` after ${plain(user)}`
      onMessage?.(
        `Lane ${id} could not be reset${after} and is replaced: ${plainLines(reason).replace(/\.$/, '')}.`,
      )
    },
    onShort: (left, error) => {
      onMessage?.(`No further lane can be made, the run goes on with ${left}: ${reasonOf(error)}`)
    },
  })
  return { stock, limit }
}

function plan(
  number: number,
  lanesWanted: number,
  templates: ReadonlyMap<string, unknown>,
  { options, run, temp, signal }: StockOptions,
): Lane {
  const { dir, registry, threads } = run
  const id = `${run.id.slice(0, 8)}-${number}`
  return new Lane({
    facts: { id, number, run: run.id, dir: laneDirPath(dir, id) },
    resources: options.lanes.resources,
    templates,
    root: options.root,
    runDir: dir,
    threads,
    temp,
    holdings: new Leases(registry.holdings({ run: run.id, lane: id })),
    signal,
    lanesWanted,
  })
}

function reasonOf(error: unknown): string {
  return plainLines(error instanceof Error ? error.message : String(error))
}
