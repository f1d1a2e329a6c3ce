import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Part } from '../options.ts'
import { attempt } from './attempt.ts'
import type { Obstacle } from './attempt.ts'
import { claim } from './claim.ts'
import type { Claim } from './claim.ts'
import type { MountPlan } from './mounts.ts'
import { waysOf } from './way.ts'
import type { Way } from './way.ts'

/** Where and how the sandboxes of a run are made. */
export interface Place {
  readonly way: Way
  readonly claim: Claim
  /** Call when a sandbox could not be made after all: it is tried out again the next time. */
  forget(): void
}

/**
 * Finds how sandboxes are made here by making one, and remembers a success until the machine is started again.
 *
 * @param parts what each sandbox has.
 * @param plan the mounts of each sandbox.
 * @param grounds directories that may hold layers, best first; they exist.
 * @returns the place, or what stood in the way, in the order of trying.
 */
export function probe(
  parts: readonly Part[],
  plan: MountPlan,
  grounds: readonly string[],
): Place | readonly Obstacle[] {
  const obstacles: Obstacle[] = []
  for (const ground of grounds) {
    const held = claimed(ground, obstacles)
    if (held === undefined) continue
    const here: Obstacle[] = []
    let refused: boolean | undefined
    for (const way of waysOf(ground)) {
      // Only what is made in the namespaces differs.
      if (way.userNamespace === refused) continue
      const known = join(ground, `${works}${bootId()}-${fingerprint(way, parts, plan)}`)
      const forget = (): void => rmSync(known, { force: true })
      if (existsSync(known)) return { way, claim: held, forget }
      const obstacle = attempt(held.directory, way, parts, plan)
      if (obstacle === undefined) {
        remember(ground, known)
        return { way, claim: held, forget }
      }
      here.push(obstacle)
      if (obstacle.step === 'namespaces') refused = way.userNamespace
    }
    held.release()
    rmSync(held.directory, { recursive: true, force: true })
    obstacles.push(...here)
    // No other directory makes up for that.
    if (here.every(({ step }) => step === 'namespaces' || step === 'loopback')) break
  }
  return obstacles
}

const works = 'works-'

/** One for every project: where there are more, most are of projects that are gone. */
const MOST_MEMORIES = 64

function claimed(ground: string, obstacles: Obstacle[]): Claim | undefined {
  try {
    return claim(ground)
  } catch (error) {
    obstacles.push({ step: 'directory', reason: (error as Error).message.split('\n')[0] ?? '' })
    return undefined
  }
}

/** Everything that the answer depends on, beside this boot of the kernel. */
function fingerprint(way: Way, parts: readonly Part[], plan: MountPlan): string {
  const shell = way.prefix(parts, { layer: '', cwd: '', helper: '' })
  const { covered, shared } = plan
  return createHash('sha256')
    .update(JSON.stringify([way.overlay, shell, covered, shared, hostname(), userNamespace()]))
    .digest('hex')
    .slice(0, 16)
}

/** A memory that cannot be written is none. */
function remember(ground: string, known: string): void {
  try {
    const memories = readdirSync(ground).filter((name) => name.startsWith(works))
    const full = memories.length >= MOST_MEMORIES
    for (const name of memories) {
      if (full || !name.startsWith(`${works}${bootId()}`)) rmSync(join(ground, name))
    }
    writeFileSync(known, '', { mode: 0o600 })
  } catch {
    // It is tried out again the next time.
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

function userNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/user')
  } catch {
    return ''
  }
}
