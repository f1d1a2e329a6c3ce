import { plain } from '@isolane/core/host'
import type { TestProject } from 'vitest/node'
import type { Progress } from '../../shared/progress.ts'
import type { Seat } from '../spares.ts'
import { heldDatabases } from './held-databases.ts'
import { lookInto } from './look.ts'
import type { Seen } from './inspector.ts'
import { descendants } from './processes.ts'
import { frameText, sourceFrames } from './source-positions.ts'
import type { SourceFrame } from './source-positions.ts'

/** What is known of a worker that makes no progress. */
export interface Hang {
  /** Where it is, for people: `in "adds a user" (users.test.ts:12)`. */
  readonly where: string
  readonly progress: Progress | undefined
  /** Milliseconds without progress. */
  readonly forMs: number
  readonly seen: Seen
  /** Innermost first. */
  readonly frames: readonly SourceFrame[]
  /** What it waits for, each a phrase. */
  readonly waits: readonly string[]
}

/** Looks at a worker that makes no progress. Takes less than a second. */
export async function examine(
  { process: worker, lane }: Seat,
  it: {
    readonly project: TestProject
    readonly where: string
    readonly progress: Progress | undefined
    readonly forMs: number
    /** What it has asked the main process for and not been given. */
    readonly asked: readonly string[]
    waits(lane: string): Promise<readonly string[]>
  },
): Promise<Hang> {
  const [seen, locks] = await Promise.all([
    lookInto(worker),
    it.waits(lane.id).catch((): readonly string[] => []),
  ])
  const pid = worker.child.pid ?? 0
  const below = await descendants(pid)
  const family = [pid, ...below.map((one) => one.pid)]
  const databases = family
    .flatMap(heldDatabases)
    .map(({ path, holder }) =>
      family.includes(holder)
        ? `a transaction is open in it: it holds the write lock of ${path}`
        : `process ${holder} holds the write lock of ${path} (SQLITE_BUSY)`,
    )
  const children = seen.doing === 'native' ? below.filter(({ command }) => command !== '') : []
  const waits = [
    ...locks,
    ...new Set(databases),
    ...it.asked.map((call) => `an answer of Vitest's main process: ${call}`),
    ...seen.handles,
    ...children.slice(0, 5).map((child) => `process ${child.pid} (${child.command})`),
  ]
  const { where, progress, forMs } = it
  const frames = sourceFrames(seen.frames, it.project)
  return { where, progress, forMs, seen, frames, waits: waits.map(plain) }
}

/** The lines below the first of a report. */
export function hangLines({ seen, frames, waits }: Hang, root: string): readonly string[] {
  const stack = frames.map((frame) => `    ${plain(frameText(frame, root))}`)
  return [
    ...(seen.doing === 'runs' ? ['  It runs:', ...stack] : []),
    ...(seen.doing === 'waits' ? ['  It runs nothing: its event loop is idle.'] : []),
    ...(seen.doing === 'native' ? ['  It is inside of native code and runs no JavaScript.'] : []),
    ...(seen.doing === undefined ? ['  Its stack could not be had: it has no inspector.'] : []),
    ...waits.map((one) => `  It waits for: ${one}`),
  ]
}
