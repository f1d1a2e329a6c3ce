import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { SandboxError } from '../shared/sandbox-error.ts'
import { toolPath } from './tools.ts'

/** The directory of one run, for as long as it is held. */
export interface Claim {
  /** Mode 0700. */
  readonly directory: string
  /** Lets go: what waits for the end of the run, process 1 of each of its sandboxes, ends now. Idempotent. */
  release(): void
}

// A named pipe whose two ends the owner holds: it closes when the owner is gone, however it went, and the kernel
// tells who asks, in any process namespace. A pid would be given again, and means another process in a container.
const pipe = 'alive'
const place = 'host'

/** Between its making and its claim a directory is called this. */
export const unclaimed = 'new-'

/** How long a directory may be without a claim: nobody can tell whether its owner lives, on another machine or not yet. */
const GRACE_MS = 24 * 3_600_000

/**
 * Makes the directory of a run.
 *
 * @param ground where it lies.
 * @throws SandboxError when it cannot be made, on a full disk for example.
 */
export function claim(ground: string): Claim {
  const name = `${process.pid}-${randomBytes(4).toString('hex')}`
  const made = join(ground, `${unclaimed}${name}`)
  const directory = join(ground, name)
  try {
    mkdirSync(made, { mode: 0o700 })
    makePipe(join(made, pipe))
    writeFileSync(join(made, place), hostname(), { mode: 0o600 })
    const held = openSync(join(made, pipe), constants.O_RDWR | constants.O_NONBLOCK)
    // From now on whoever looks for what dead runs left sees that this one lives.
    renameSync(made, directory)
    let open = true
    const release = (): void => {
      if (open) closeSync(held)
      open = false
    }
    return { directory, release }
  } catch (error) {
    rmSync(made, { recursive: true, force: true })
    throw noRoom(ground, error)
  }
}

/** The error for a directory that cannot hold layers, because its disk is full for example. */
export function noRoom(directory: string, error: unknown): SandboxError {
  return new SandboxError(
    `The layers of the sandboxes cannot lie in ${directory}: ${error instanceof Error ? error.message : String(error)}.`,
    'make room there, or set ISOLANE_CACHE_DIR to a directory on another disk.',
    { cause: error },
  )
}

/** True when the directory of a run is nobody's any more. */
export function isAbandoned(directory: string): boolean {
  try {
    closeSync(openSync(join(directory, pipe), constants.O_WRONLY | constants.O_NONBLOCK))
    return false
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENXIO' && code !== 'ENOENT') return false
  }
  return hostOf(directory) === hostname() || ageOf(directory) > GRACE_MS
}

function hostOf(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, place), 'utf8')
  } catch {
    return undefined
  }
}

function ageOf(directory: string): number {
  return Date.now() - (statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? 0)
}

function makePipe(path: string): void {
  const { error, status, stderr } = spawnSync(
    toolPath('mkfifo') ?? 'mkfifo',
    ['-m', '600', '--', path],
    { encoding: 'utf8' },
  )
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(stderr.trim())
}
