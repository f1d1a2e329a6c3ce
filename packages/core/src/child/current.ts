import { readFileSync } from 'node:fs'
import { IsolaneError } from '@isolane/record/worker'
import { lock } from '../locks/child/lock.ts'
import type { Lock } from '../locks/child/lock.ts'
import type { Env, Resource } from '../resource.ts'
import { collectVariable, laneVariables } from '../shared/env.ts'
import { laneDirPath, laneFilePath, protocolVersion } from '../shared/protocol.ts'
import type { LaneFile } from '../shared/protocol.ts'
import { settleAll } from '../shared/settle-all.ts'

/** Facts about the lane of this process. */
export interface LaneInfo {
  /** Unique on the machine. */
  readonly id: string
  /** 1-based number of the lane inside its run. */
  readonly number: number
  /** Raised at every reset, 1 at first. */
  readonly generation: number
  /** 1-based place of the worker, 1..maxWorkers. */
  readonly slot: number
  /** Id (UUID) of the run. */
  readonly run: string
  /** The lane's variables: all of them are in `process.env` already. */
  readonly env: Env
  /** Takes named locks that all tests of this machine share; see {@link lock}. */
  readonly lock: Lock
}

const opened = new Map<string, Map<string, unknown>>()
const closing: (() => void | Promise<void>)[] = []
let exitHooked = false

/** The lane's file as the host wrote it last. */
export function readLaneFile(env: NodeJS.ProcessEnv = process.env): LaneFile {
  const runDir = env[laneVariables.host]
  const lane = env[laneVariables.lane]
  if (env[collectVariable] !== undefined) {
    throw new IsolaneError('ISOLANE_OUTSIDE_LANE', {
      message:
        'lanes.current() was called while tests are only collected: no lane is made to list them.',
      hint: 'call lanes.current() in tests, hooks and fixtures, not at the top of the file.',
    })
  }
  if (runDir === undefined || lane === undefined) {
    throw new IsolaneError('ISOLANE_OUTSIDE_LANE', {
      message:
        'lanes.current() was called outside a lane: ISOLANE_LANE is not set in this process.',
      hint: 'run the tests with `vitest --pool=isolated`, or through isolated() in playwright.config.ts; in a process you start yourself, pass process.env on.',
    })
  }
  let file: LaneFile
  try {
    file = JSON.parse(readFileSync(laneFilePath(laneDirPath(runDir, lane)), 'utf8')) as LaneFile
  } catch (cause) {
    throw new IsolaneError('ISOLANE_OUTSIDE_LANE', {
      message: `Lane ${lane} is gone: its run has ended or was cleaned up while this process lived on.`,
      hint: 'end what a test started before its run ends; `npx isolane clean` removes what is left.',
      details: { lane },
      cause,
    })
  }
  if (file.protocol !== protocolVersion) {
    throw new IsolaneError('ISOLANE_OUTSIDE_LANE', {
      message: `Lane ${lane} was made by another version of @isolane/core (protocol ${file.protocol}, here ${protocolVersion}).`,
      hint: 'install one version: `npm ls @isolane/core` shows them all.',
      details: { lane, theirs: file.protocol, ours: protocolVersion },
    })
  }
  return file
}

/** The current lane with its handles as lazy properties. */
export function currentLane(resources: Readonly<Record<string, Resource>>): LaneInfo {
  const file = readLaneFile()
  const lane: Record<string, unknown> = {
    id: file.id,
    number: file.number,
    generation: file.generation,
    run: file.run,
    env: file.env,
    slot: Number(process.env[laneVariables.slot] ?? file.number),
    lock,
  }
  for (const [name, resource] of Object.entries(resources)) {
    Object.defineProperty(lane, name, { enumerable: true, get: () => handle(file, name, resource) })
  }
  return lane as unknown as LaneInfo
}

function handle(file: LaneFile, name: string, resource: Resource): unknown {
  const handles = opened.get(file.id) ?? new Map<string, unknown>()
  opened.set(file.id, handles)
  if (!handles.has(name)) {
    if (!(name in file.data)) {
      throw new IsolaneError('ISOLANE_OUTSIDE_LANE', {
        message: `Lane ${file.id} has no resource "${name}": it was made from other lanes (${Object.keys(file.data).join(', ')}).`,
        hint: 'give isolated() in the runner’s config the same lanes object that the test imports.',
        details: { lane: file.id, resource: name },
      })
    }
    const { id, number, run, dir } = file
    handles.set(
      name,
      resource.open(file.data[name], {
        name,
        lane: { id, number, run, dir },
        onClose: (hook) => {
          closing.push(hook)
          if (!exitHooked) process.once('exit', () => void closeHandles())
          exitHooked = true
        },
      }),
    )
  }
  return handles.get(name)
}

/** Closes what this process opened of any lane; later uses open again. Collects errors and throws all. */
export async function closeHandles(): Promise<void> {
  const hooks = closing.splice(0).reverse()
  opened.clear()
  await settleAll('Handles of a lane did not close', hooks)
}
