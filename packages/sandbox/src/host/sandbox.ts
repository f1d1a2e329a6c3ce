import { alwaysKept, copyBack } from './copy-back.ts'
import { listenedOn, writtenFiles } from './footprint.ts'
import type { WrittenFile } from './footprint.ts'
import type { MountPlan } from './mounts.ts'
import { failureOf } from './network/helper.ts'
import type { Way } from './way.ts'

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
   *
   * @param options `keep`: globs of files that are copied back from this sandbox beside those of all.
   */
  end(options?: { readonly keep?: readonly string[] }): Footprint
}

/** Looks at what a sandbox has left in its layer, and carries over what is kept. */
export function footprintOf(
  directory: string,
  options: {
    readonly plan: MountPlan
    readonly way: Way
    readonly root: string
    readonly keep: readonly string[]
    readonly onMessage: (message: string) => void
  },
): Footprint {
  const { plan, way, root, keep, onMessage } = options
  const written = writtenFiles(directory, plan, way)
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
