import { realpathSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { IsolaneError } from '@isolane/record/worker'
import { parseSandbox, projectRoot, SandboxError, sandboxSettings } from '@isolane/sandbox'
import type { SandboxSettings } from '@isolane/sandbox'
import type { SandboxFlags } from '../sandbox-flags.ts'

/** What commander gives `isolane run`. */
export interface RunFlags extends SandboxFlags {
  readonly workers?: number | 'auto'
  readonly sharedWebserver?: true
  readonly json?: true
}

/**
 * The sandbox that the flags ask for. Paths and globs of the command line start from `cwd`.
 *
 * @throws IsolaneError `ISOLANE_OPTION` when `--parts` names none, or something else.
 */
export function settingsOf(flags: SandboxFlags, root: string, cwd: string): SandboxSettings {
  const { parts, forward = [], keep = [], writable = [] } = flags
  const here = relative(root, cwd)
  try {
    const settings = sandboxSettings(
      parts === undefined || parseSandbox(parts, '--parts'),
      '--parts',
    )
    if (settings.parts.length > 0) {
      return {
        parts: settings.parts,
        forward,
        keep: keep.map((glob) => (glob.startsWith('**') ? glob : join(here, glob))),
        // A slash at its end says that it is a directory.
        writable: writable.map((path) => join(resolve(cwd, path), path.endsWith('/') ? '/' : '')),
      }
    }
  } catch (error) {
    throw asWrongOption(error)
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
export function rootOf({ root }: SandboxFlags, cwd: string): string {
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

/** Names an option as the command line does. What is no error of a sandbox stays as it is. */
function asWrongOption(error: unknown): unknown {
  if (!(error instanceof SandboxError)) return error
  return wrong(inFlags(error.problem), inFlags(error.hint))
}

/** An error of `Sandboxes.open`: `ISOLANE_OPTION` for a wrong option, else `ISOLANE_SANDBOX`. */
export function asOpeningError(error: unknown): unknown {
  if (!(error instanceof SandboxError)) return error
  const { problem, hint } = error
  if (problem.startsWith('sandbox.')) return asWrongOption(error)
  return new IsolaneError('ISOLANE_SANDBOX', { message: problem, hint, cause: error })
}

function inFlags(text: string): string {
  return text.replaceAll(/\bsandbox\.(?:network|files)\.(forward|keep|writable)\b/g, '--$1')
}

function wrong(message: string, hint: string): IsolaneError {
  return new IsolaneError('ISOLANE_OPTION', { message, hint })
}
