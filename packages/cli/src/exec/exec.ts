import { realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { defaultLanes } from '@isolane/core'
import { LaneHost } from '@isolane/core/host'
import type { LeasedLane } from '@isolane/core/host'
import { IsolaneError } from '@isolane/record'
import { isSandboxed } from '@isolane/sandbox'
import { rootOf, settingsOf } from '../run/run-options.ts'
import { runProcess } from '../run/run-process.ts'
import type { SandboxFlags } from '../sandbox-flags.ts'
import { findLanesFile, loadLanes } from './lanes-file.ts'
import { runInside } from './run-inside.ts'

/** What commander gives `isolane exec`. */
export interface ExecFlags extends SandboxFlags {
  /** Path of a module; false for no lane. */
  readonly lanes?: string | false
  readonly sandbox?: true
}

/** A lane for one command, and who owns it. */
interface Held {
  readonly host: LaneHost
  readonly lane: LeasedLane
}

/**
 * Runs a command on a lane of its own, in a sandbox of its own, or both. Nothing of them is left when it has ended.
 *
 * @returns the exit code of the command.
 * @throws IsolaneError before anything is run: `ISOLANE_OPTION` for a wrong option, `ISOLANE_SANDBOX` where
 *   a sandbox cannot be had, `ISOLANE_COMMAND` for a command that is not there, and what keeps a lane from being made.
 */
export async function exec(command: readonly string[], flags: ExecFlags): Promise<number> {
  const cwd = realpathSync(process.cwd())
  const root = rootOf(flags, cwd)
  const sandboxed = wantsSandbox(flags)
  const settings = sandboxed ? settingsOf(flags, root, cwd) : undefined
  const held = await hold(flags, { cwd, root, sandboxed })
  if (held === undefined && settings === undefined) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: 'With --no-lanes and without --sandbox there is nothing to give the command.',
      hint: 'isolane exec --no-lanes --sandbox -- <command>.',
    })
  }
  try {
    const env = { ...process.env, ...held?.lane.env }
    if (held !== undefined) say(laneLine(held.lane))
    if (settings === undefined || isSandboxed()) {
      if (settings !== undefined) say('this process is in a sandbox already: no other is made.')
      return await runProcess(command, { env, stdoutToStderr: false })
    }
    return await runInside(command, { root, cwd, settings, env, say, ...held })
  } finally {
    await held?.host.close()
  }
}

function wantsSandbox({ sandbox, parts, forward, keep, writable }: ExecFlags): boolean {
  return sandbox === true || [parts, forward, keep, writable].some((flag) => flag !== undefined)
}

async function hold(
  { lanes: named }: ExecFlags,
  { cwd, root, sandboxed }: { cwd: string; root: string; sandboxed: boolean },
): Promise<Held | undefined> {
  if (named === false) return undefined
  const file = named ?? findLanesFile(cwd, root)
  if (file === undefined && sandboxed) return undefined
  const host = await LaneHost.start({
    lanes: file === undefined ? defaultLanes() : await loadLanes(file),
    root: file === undefined ? cwd : dirname(realpathSync(file)),
    workers: 1,
    spares: 0,
    onMessage: say,
  })
  try {
    return { host, lane: await host.acquire({ slot: 1, pid: process.pid }) }
  } catch (error) {
    await host.close()
    throw error
  }
}

function laneLine({ id, env }: LeasedLane): string {
  const names = Object.keys(env).filter((name) => !name.startsWith('ISOLANE_'))
  return `lane ${id}${names.length === 0 ? '' : `: ${names.join(', ')}`}`
}

function say(line: string): void {
  process.stderr.write(`isolane: ${line}\n`)
}
