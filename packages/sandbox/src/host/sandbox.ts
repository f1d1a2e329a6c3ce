import { alwaysKept, copyBack, keptOf } from './copy-back.ts'
import { listenedOn, writtenFiles } from './footprint.ts'
import type { WrittenFile } from './footprint.ts'
import type { MountPlan } from './mounts.ts'
import { failureOf } from './network/helper.ts'
import { usedBy } from './report.ts'
import type { Used } from './report.ts'
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
   * Gives the line that an error's message from inside lacks, where the sandbox may be its reason: which part of it,
   * and the option that lets it through. For what Node.js code inside cannot know: a page that a browser could not
   * open (`net::ERR_CONNECTION_REFUSED at http://localhost:3000/`), a test that timed out after it wrote files which
   * nobody outside has seen.
   *
   * @param options `keep`: as for `end`.
   * @returns undefined when the sandbox is not the reason, or the line is there already.
   */
  explain(message: string, options?: { readonly keep?: readonly string[] }): string | undefined
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

/** What the processes of a sandbox that still lives have written, and which of that will be copied back. */
export function writtenSoFar(
  directory: string,
  plan: MountPlan,
  root: string,
  globs: readonly string[],
): Used['written'] {
  try {
    const written = writtenFiles(directory, plan)
    const kept = keptOf(written, root, globs)
    return usedBy(root, { written, kept, ports: [], sockets: [] }).written
  } catch {
    // They remove a directory while it is looked at, or have ended.
    return []
  }
}
