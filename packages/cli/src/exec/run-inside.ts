import { accessSync, constants } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { ensureCacheDir } from '@isolane/core/host'
import type { LaneHost, LeasedLane } from '@isolane/core/host'
import { IsolaneError } from '@isolane/record'
import { partsLine, preload, Sandboxes, stayedInsideLine, usedBy } from '@isolane/sandbox'
import type { SandboxSettings } from '@isolane/sandbox'
import { asOpeningError } from '../run/run-options.ts'
import { runProcess } from '../run/run-process.ts'
import { withPreload } from '../with-preload.ts'

/** What {@link runInside} works with. */
export interface InsideOptions {
  readonly root: string
  readonly cwd: string
  readonly settings: SandboxSettings
  readonly env: NodeJS.ProcessEnv
  readonly host?: LaneHost | undefined
  readonly lane?: LeasedLane | undefined
  readonly say: (line: string) => void
}

/**
 * Runs a command in a sandbox, on a lane if it has one, and says which files stayed inside.
 *
 * @returns its exit code.
 * @throws IsolaneError `ISOLANE_SANDBOX` where a sandbox cannot be had, `ISOLANE_OPTION` for a wrong option of one,
 *   `ISOLANE_COMMAND` for a command that is not there.
 */
export async function runInside(
  command: readonly string[],
  { root, cwd, settings, env, host, lane, say }: InsideOptions,
): Promise<number> {
  mustBeThere(command[0] ?? '', { cwd, env })
  const sandboxes = open({ root, settings, host, lane, say })
  try {
    say(`${partsLine(settings.parts, 'the command').replace(/\.$/, '')}; project: ${root}`)
    // The lane is there by now: what its servers listen on is let through.
    const sandbox = sandboxes.enter({ cwd })
    const exitCode = await runProcess([...sandbox.prefix, ...command], {
      env: {
        ...env,
        ...sandbox.env,
        // Errors of Node.js say then when the sandbox is their reason.
        NODE_OPTIONS: withPreload(env['NODE_OPTIONS'], preload),
      },
      stdoutToStderr: false,
    })
    const inside = stayedInsideLine({ workers: [usedBy(root, sandbox.end())] })
    if (inside !== undefined) say(inside)
    return exitCode
  } finally {
    await sandboxes.close()
  }
}

function open({
  root,
  settings,
  host,
  lane,
  say,
}: Pick<InsideOptions, 'root' | 'settings' | 'host' | 'lane' | 'say'>): Sandboxes {
  const own = ensureCacheDir()
  const leased = lane?.leases.filter(({ kind }) => kind === 'directory') ?? []
  try {
    return Sandboxes.open({
      root,
      settings,
      base: own,
      shared: [own, ...(host?.paths ?? []), ...leased.map(({ name }) => name)],
      onMessage: say,
    })
  } catch (error) {
    throw asOpeningError(error)
  }
}

// Inside, its absence would be one more line of a set-up tool.
function mustBeThere(name: string, { cwd, env }: Pick<InsideOptions, 'cwd' | 'env'>): void {
  const places = name.includes('/')
    ? [resolve(cwd, name)]
    : (env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, name))
  if (places.some(isProgram)) return
  throw new IsolaneError('ISOLANE_COMMAND', {
    message: `Cannot start ${JSON.stringify(name)}: there is no such program.`,
    hint: 'isolane exec --sandbox -- npm test starts one that is on the PATH.',
  })
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
