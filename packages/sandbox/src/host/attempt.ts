import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Part } from '../options.ts'
import { layOut } from './mounts.ts'
import type { MountPlan } from './mounts.ts'
import { removeLayerSync } from './sweep.ts'
import { killInside } from './reaper.ts'
import type { Way } from './way.ts'

/** What stood in the way of a sandbox. */
export interface Obstacle {
  /** Which step failed: the namespaces themselves, or what is made in them. */
  readonly step: 'namespaces' | 'loopback' | 'mounts' | 'directory' | 'command'
  /** In the words of the program that failed, one line. */
  readonly reason: string
}

/**
 * Makes a sandbox for a command that does nothing but write.
 *
 * @param run the directory of a claimed run.
 * @returns what went wrong.
 */
export function attempt(
  run: string,
  way: Way,
  parts: readonly Part[],
  plan: MountPlan = { covered: [], shared: [] },
): Obstacle | undefined {
  const layer = join(run, `probe-${way.name}`)
  try {
    const covered = join(layer, 'covered')
    mkdirSync(layer, { mode: 0o700 })
    mkdirSync(join(covered, 'directory'), { recursive: true })
    writeFileSync(join(covered, 'directory', 'file'), '')
    const all = { covered: [...plan.covered, covered], shared: plan.shared }
    layOut(layer, all, { parts, way })
    const place = { layer, cwd: parts.includes('files') ? covered : '/', helper: '' }
    const [command, ...args] = way.prefix(parts, place)
    // A directory that is removed and made again is empty: not every file system can hold that for an overlay.
    const check = parts.includes('files')
      ? ['sh', '-c', 'rm -r directory && mkdir directory && ! test -e directory/file']
      : ['sh', '-c', 'true']
    const { status, stderr, error } = spawnSync(command, [...args, ...check], {
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: ATTEMPT_MS,
      killSignal: 'SIGKILL',
    })
    if (status === 0) return undefined
    const text = error?.message ?? stderr.trim()
    return obstacle(text === '' ? `it ended with code ${String(status)}` : text)
  } catch (error) {
    return { step: 'directory', reason: error instanceof Error ? error.message : String(error) }
  } finally {
    killInside(layer)
    removeLayerSync(layer)
  }
}

const ATTEMPT_MS = 20_000

function obstacle(text: string): Obstacle {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/dmesg\(1\)/.test(line))
  const ours = lines.find((line) => line.startsWith('isolane: '))
  const reason = lines.filter((line) => line !== ours).join('; ') || (ours ?? text)
  if (ours === undefined) {
    return { step: reason.startsWith('unshare:') ? 'namespaces' : 'command', reason }
  }
  return {
    step: ours.includes('loopback')
      ? 'loopback'
      : ours.includes('mounted')
        ? 'mounts'
        : 'directory',
    reason,
  }
}
