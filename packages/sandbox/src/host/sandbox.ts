import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { alwaysKept, copyBack, listenedOn, writtenFiles } from './footprint.ts'
import type { WrittenFile } from './footprint.ts'
import type { MountPlan } from './mounts.ts'
import { failureOf } from './network/helper.ts'
import { ownerOf } from './owner.ts'

/** What the processes of one sandbox did that others outside did not see. */
export interface Footprint {
  /** Every file written, changed or removed, in the project and in the temp directories. */
  readonly written: readonly WrittenFile[]
  /** Those of them that were copied back to the machine. */
  readonly kept: readonly WrittenFile[]
  /** TCP ports that its processes listened on. */
  readonly ports: readonly number[]
  /** Unix sockets that its processes listened on. */
  readonly sockets: readonly string[]
  /** Why the command was not started, and ended with code 125: a service that did not get ready. */
  readonly failure?: string
}

/** One sandbox, for one process and all that it starts. */
export interface Sandbox {
  /** Number inside its run, from 1. */
  readonly id: number
  /** Its layer: what it writes lies here, and it goes with the sandbox. */
  readonly directory: string
  /** What is put before a command to run it inside. */
  readonly prefix: readonly [string, ...string[]]
  /** What the command's environment needs beside its own. */
  readonly env: Readonly<Record<string, string>>
  /**
   * Call when the process has exited: waits, some milliseconds, until everything that it started is gone too,
   * copies the kept files back, and lets the layer go. A second call gives the same.
   */
  end(): Footprint
}

/** How long the kernel may take to end what a dead worker has started. */
const END_LIMIT_MS = 5_000

const pause = new Int32Array(new SharedArrayBuffer(4))

/** Waits until process 1 of a sandbox is gone: the kernel has then ended all its others. */
export function waitForEnd(directory: string): boolean {
  const reaper = reaperOf(directory)
  if (reaper === undefined) return true
  const limit = performance.now() + END_LIMIT_MS
  while (ownerOf(reaper) !== undefined) {
    if (performance.now() > limit) return false
    Atomics.wait(pause, 0, 0, 1)
  }
  return true
}

/** Looks at what a sandbox has left in its layer, and carries over what is kept. */
export function footprintOf(
  directory: string,
  options: {
    readonly plan: MountPlan
    readonly root: string
    readonly keep: readonly string[]
    readonly onMessage: (message: string) => void
  },
): Footprint {
  const { plan, root, keep, onMessage } = options
  const written = writtenFiles(directory, plan)
  const kept = copyBack(written, {
    layer: directory,
    plan,
    root,
    globs: [...alwaysKept, ...keep],
    onError: (path, reason) =>
      onMessage(`${path} could not be copied out of the sandbox: ${reason}`),
  })
  const failure = failureOf(directory)
  return { written, kept, ...listenedOn(directory), ...(failure === undefined ? {} : { failure }) }
}

function reaperOf(directory: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(directory, 'reaper'), 'utf8'))
    return Number.isInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}
