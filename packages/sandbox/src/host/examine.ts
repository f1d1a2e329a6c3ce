import { rmSync } from 'node:fs'
import { parts as allParts } from '../options.ts'
import type { Part } from '../options.ts'
import { SandboxError } from '../shared/sandbox-error.ts'
import type { Obstacle } from './attempt.ts'
import { busyBoxCure, cureOf } from './cure.ts'
import { grounds, makeGround } from './ground.ts'
import { attempt } from './attempt.ts'
import { claim } from './claim.ts'
import { hasBusyBox, missingTools } from './tools.ts'
import { waysOf } from './way.ts'

/** Whether one part of a sandbox can be had on this machine. */
export interface PartExamination {
  readonly part: Part
  readonly works: boolean
  /** What was refused, in one line, with the words of the program that was refused it. */
  readonly reason?: string
  /** What a person can do about it. */
  readonly cure?: string
}

/** Whether sandboxes can be had on this machine. */
export interface Examination {
  /** True when every part works. */
  readonly works: boolean
  readonly parts: readonly PartExamination[]
}

/**
 * Tries every part of a sandbox by making one, some 10 ms each. Nothing is remembered, and nothing is left.
 *
 * @param options `base`: see `SandboxesOptions`.
 * @returns an answer on every machine; it does not throw.
 */
export function examine(options: { readonly base?: string | undefined } = {}): Examination {
  const examined = allParts.map((part): PartExamination => {
    const general = unfit([part])
    if (general !== undefined) return { part, works: false, ...general }
    const obstacle = tryPart(part, grounds(options.base, ['/tmp']).filter(makeGround))
    if (obstacle === undefined) return { part, works: true }
    return { part, works: false, reason: reasonOf(part, obstacle), cure: cureOf(part, obstacle) }
  })
  return { works: examined.every(({ works }) => works), parts: examined }
}

/** What keeps this machine from having these parts, before any is tried. */
export function unfit(
  parts: readonly Part[],
): { readonly reason: string; readonly cure: string } | undefined {
  if (process.platform !== 'linux') {
    return {
      reason: `sandboxes need Linux; this is ${process.platform}`,
      cure: 'lanes work without them: leave the sandbox out on this machine.',
    }
  }
  const missing = missingTools(parts)
  if (missing.length === 0) return undefined
  return {
    reason: `programs are missing: ${missing.join(', ')}`,
    cure: hasBusyBox()
      ? busyBoxCure
      : 'install them; Debian and Ubuntu: sudo apt-get install util-linux mount iproute2 coreutils',
  }
}

/**
 * The error for a sandbox that could not be made: what was refused for which part, and the cure.
 *
 * @param obstacles what stood in the way of all parts together.
 */
export function refusal(
  parts: readonly Part[],
  obstacles: readonly Obstacle[],
  places: readonly string[],
): SandboxError {
  if (places.length === 0) {
    return new SandboxError(
      'No sandbox on this machine: every directory that could hold the layers lies inside the project or a temp directory, or is not writable.',
      'set ISOLANE_CACHE_DIR to a directory outside of them.',
    )
  }
  for (const part of parts) {
    const obstacle = tryPart(part, places)
    if (obstacle === undefined) continue
    return new SandboxError(
      `No sandbox on this machine: ${reasonOf(part, obstacle)}.`,
      cureOf(part, obstacle),
    )
  }
  // Every part alone can be had: it is what these sandboxes in particular are made of.
  const obstacle = worst(obstacles)
  return new SandboxError(
    `No sandbox for this project: ${obstacle.reason}.`,
    'leave out the files part, for example isolane run --parts network,processes.',
  )
}

function tryPart(part: Part, places: readonly string[]): Obstacle | undefined {
  const obstacles: Obstacle[] = []
  for (const ground of places) {
    try {
      const { directory, release: letGo } = claim(ground)
      try {
        for (const way of waysOf(ground)) {
          const obstacle = attempt(directory, way, [part])
          if (obstacle === undefined) return undefined
          obstacles.push(obstacle)
        }
      } finally {
        letGo()
        rmSync(directory, { recursive: true, force: true })
      }
    } catch (error) {
      if (!(error instanceof SandboxError)) throw error
      obstacles.push({ step: 'directory', reason: error.problem })
    }
  }
  return worst(obstacles)
}

/** The one to name: a way that came far says more than one that was refused at once. */
function worst(obstacles: readonly Obstacle[]): Obstacle {
  const order: readonly Obstacle['step'][] = [
    'mounts',
    'command',
    'loopback',
    'namespaces',
    'directory',
  ]
  const sorted = obstacles.toSorted((a, b) => order.indexOf(a.step) - order.indexOf(b.step))
  return sorted[0] ?? { step: 'directory', reason: 'no directory can hold the layers' }
}

function reasonOf(part: Part, { step, reason }: Obstacle): string {
  const what = {
    namespaces: {
      network: 'the kernel refuses a network namespace',
      files: 'the kernel refuses a mount namespace',
      processes: 'the kernel refuses a process namespace',
    }[part],
    loopback: 'the loopback of a network namespace does not come up',
    mounts: part === 'processes' ? '/proc cannot be mounted' : 'an overlay cannot be mounted',
    directory: 'no directory can hold its layer',
    command: 'a command does not run in it as it should',
  }[step]
  return `${what}, which the ${part} part needs (${reason})`
}
