import type { Registry } from '@isolane/core/host'
import pc from 'picocolors'

/** One lane of a live run, as `isolane doctor --json` prints it. Times are ISO 8601 UTC. */
export interface LiveLane {
  readonly id: string
  readonly state: string
  /** When it came into its state. */
  readonly since: string
  readonly generation: number
  /** Slot and process id of its worker; null while it has none. */
  readonly slot: number | null
  readonly pid: number | null
  /** The test or test file its worker is at, and since when; null while it is at none. */
  readonly test: string | null
  readonly testSince: string | null
  /** For whom it waits with `lock()`, in words. */
  readonly waitsFor: readonly string[]
}

/** One run whose main process lives. */
export interface LiveRun {
  readonly id: string
  readonly pid: number
  readonly startedAt: string
  /** When it last said that it lives. */
  readonly heartbeatAt: string
  readonly root: string
  readonly argv: readonly string[]
  readonly lanes: readonly LiveLane[]
}

/** The live runs of this machine with their lanes, oldest first. */
export async function liveRuns(registry: Registry): Promise<LiveRun[]> {
  const { laneWaits } = await import('@isolane/core/host')
  const lanes = await registry.lanes()
  const live: LiveRun[] = []
  for (const { id, pid, startedAt, heartbeatAt, root, argv } of await registry.runs()) {
    if (!(await registry.runLives(id))) continue
    const own = lanes.filter(({ run }) => run === id)
    live.push({
      id,
      pid,
      startedAt,
      heartbeatAt,
      root,
      argv,
      lanes: await Promise.all(
        own.map(async (lane) => ({
          id: lane.id,
          state: lane.state,
          since: lane.since ?? startedAt,
          generation: lane.generation,
          // 0 is the slot of nobody.
          slot: lane.slot || null,
          pid: lane.workerPid ?? null,
          test: lane.test ?? null,
          testSince: lane.testSince ?? null,
          waitsFor: await laneWaits(registry.lockQueue, lane.id),
        })),
      ),
    })
  }
  return live
}

/** The same for people. `shown` makes text of tests fit for a terminal. */
export function runLines(
  runs: readonly LiveRun[],
  shown: (text: string) => string,
  now = Date.now(),
): string {
  const ago = (time: string): string => elapsed(Math.max(0, now - Date.parse(time)) / 1000)
  const lines: string[] = []
  for (const { id, pid, startedAt, root, argv, lanes } of runs) {
    const command = argv.slice(0, 8).map((word) => word.slice(0, 100))
    lines.push(
      '',
      `${pc.bold(`run ${id.slice(0, 8)}`)}  pid ${pid}, for ${ago(startedAt)}, in ${shown(root)}`,
      `  ${pc.dim(shown(command.join(' ')))}`,
    )
    for (const lane of lanes) {
      const worker = [
        lane.slot === null ? undefined : `slot ${lane.slot}`,
        lane.pid === null ? undefined : `pid ${lane.pid}`,
        `generation ${lane.generation}`,
      ].filter((part) => part !== undefined)
      lines.push(`  ${lane.id}  ${lane.state} for ${ago(lane.since)}, ${worker.join(', ')}`)
      if (lane.test !== null) {
        const since = lane.testSince === null ? '' : ` for ${ago(lane.testSince)}`
        lines.push(`    at "${shown(lane.test.slice(0, 200))}"${since}`)
      }
      for (const line of lane.waitsFor) lines.push(`    waits for ${line}`)
    }
  }
  return lines.map((line) => `${line}\n`).join('')
}

function elapsed(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(1)} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
