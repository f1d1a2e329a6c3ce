import { realpathSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { IsolaneError } from '@isolane/record'
import { parseSandbox, projectRoot, SandboxError, sandboxSettings } from '@isolane/sandbox'
import type { SandboxSettings } from '@isolane/sandbox'

/** What commander gives `isolane run`. */
export interface RunFlags {
  readonly parts?: string
  readonly workers?: number | 'auto'
  readonly forward: readonly string[]
  readonly keep: readonly string[]
  readonly writable: readonly string[]
  readonly sharedWebserver?: true
  readonly json?: true
  readonly root?: string
}

/**
 * The sandbox that the flags ask for.
 *
 * @throws IsolaneError `ISOLANE_OPTION` when `--parts` names none, or something else.
 */
export function settingsOf({ parts, forward, keep, writable }: RunFlags): SandboxSettings {
  try {
    const settings = sandboxSettings(
      parts === undefined || parseSandbox(parts, '--parts'),
      '--parts',
    )
    if (settings.parts.length > 0) return { parts: settings.parts, forward, keep, writable }
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error
    throw wrong(error.message.slice(0, error.message.lastIndexOf('\nHint: ')), error.hint)
  }
  throw wrong(
    '--parts names no part of a sandbox.',
    '--parts network,files,processes, or leave it out.',
  )
}

/**
 * The project's root, without links.
 *
 * @throws IsolaneError `ISOLANE_OPTION` when it is no directory, or the machine's root.
 */
export function rootOf({ root }: RunFlags, cwd: string = process.cwd()): string {
  const wanted = root === undefined ? projectRoot(cwd) : resolve(cwd, root)
  if (statSync(wanted, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw wrong(`--root ${wanted} is no directory.`, '--root <directory of the project>.')
  }
  const real = realpathSync(wanted)
  if (real !== '/') return real
  throw wrong(
    `The root of the project is /: the whole machine cannot be copied on write.`,
    'run the command in the directory of the project, or name that with --root.',
  )
}

function wrong(message: string, hint: string): IsolaneError {
  return new IsolaneError('ISOLANE_OPTION', { message, hint })
}
