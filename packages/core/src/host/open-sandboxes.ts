import { mkdirSync } from 'node:fs'
import { IsolaneError } from '@isolane/record/worker'
import type { IsolaneErrorCode } from '@isolane/record/worker'
import {
  isSandboxed,
  parseSandbox,
  Sandboxes,
  SandboxError,
  sandboxSettings,
} from '@isolane/sandbox'
import type { Part, SandboxOptions, SandboxSettings } from '@isolane/sandbox'
import { cacheDir } from '../shared/cache-dir.ts'
import type { LaneHost } from './lane-host.ts'

/** Variable that switches sandboxes on and off whatever the config says: `1`, `0`, `network,files`, or JSON. */
export const sandboxVariable = 'ISOLANE_SANDBOX'

/** What {@link sandboxWanted} decides by. */
export interface SandboxWish {
  /** `sandbox` of `isolated(lanes, { sandbox })`. */
  readonly option: boolean | SandboxOptions | undefined
  /** How it is called in messages. Default `isolated.sandbox`. */
  readonly path?: string
  /** Where {@link sandboxVariable} is looked for. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv
}

/**
 * Tells which parts of a sandbox the workers get. The environment wins over the config: `0` is none; `1` is what
 * the config says, or every part where it says nothing; a list of parts keeps the config's `forward`, `keep` and
 * `writable`; JSON replaces it.
 *
 * @returns undefined when no part is wanted, and in a process that is in a sandbox already: they do not nest.
 * @throws IsolaneError `ISOLANE_OPTION` for a wrong option or a wrong value of the variable.
 */
export function sandboxWanted({
  option = false,
  path = 'isolated.sandbox',
  env = process.env,
}: SandboxWish): SandboxSettings | undefined {
  const settings = asIsolaneError('ISOLANE_OPTION', { path }, () => {
    const configured = sandboxSettings(option, path)
    const text = env[sandboxVariable]
    if (text === undefined) return configured
    const given = parseSandbox(text, sandboxVariable)
    const { parts, ...lists } = sandboxSettings(given, sandboxVariable)
    if (given === true && configured.parts.length > 0) return configured
    if (text.trim().startsWith('{')) return { parts, ...lists }
    return { ...configured, parts }
  })
  return settings.parts.length === 0 || isSandboxed(env) ? undefined : settings
}

/** Options of {@link openSandboxes}. */
export interface OpenSandboxesOptions {
  /** From {@link sandboxWanted}. */
  readonly settings: SandboxSettings
  /** Root of the project: what lies below it is copied on write. */
  readonly root: string
  /** The host of the run's lanes, once it has started: its sockets and lanes stay reachable. */
  readonly host?: LaneHost | undefined
  /** Further paths that workers and the machine share, when they exist. */
  readonly shared?: readonly string[]
  /** Sandboxes that run already can be told of services that listen later: see `Sandboxes.update`. Default false. */
  readonly later?: boolean
  /** Parts that this run cannot have. */
  readonly without?: readonly Part[]
  /** Shows the user one line: there is no sandbox, or something of one could not be carried over. */
  readonly onMessage?: (message: string) => void
}

const told = new Set<string>()

/**
 * Opens the sandboxes of a run. What Isolane itself keeps on this machine stays shared: run and lane directories,
 * the host's socket, templates. A lane's own directories elsewhere (`LeasedLane.leases`) are for `enter`.
 *
 * @returns undefined where sandboxes cannot be had, after a message that says why and what would allow them, once a
 *   process: lanes work without.
 */
export function openSandboxes(options: OpenSandboxesOptions): Sandboxes | undefined {
  const { settings, root, host, shared = [], later = false, without = [], onMessage } = options
  const parts = settings.parts.filter((part) => !without.includes(part))
  if (parts.length === 0) return undefined
  try {
    const own = cacheDir()
    mkdirSync(own, { recursive: true, mode: 0o700 })
    return Sandboxes.open({
      root,
      settings: { ...settings, parts },
      base: own,
      shared: [own, ...(host?.paths ?? []), ...shared],
      later,
      onMessage,
    })
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error
    if (!told.has(error.message)) onMessage?.(`no sandbox, lanes only: ${error.message}`)
    told.add(error.message)
    return undefined
  }
}

/**
 * Runs `work` and gives its answer.
 *
 * @throws an IsolaneError with this code for a SandboxError; everything else as it is.
 */
export function asIsolaneError<T>(
  code: IsolaneErrorCode,
  details: Record<string, unknown>,
  work: () => T,
): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error
    const { problem, hint } = error
    throw new IsolaneError(code, { message: problem, hint, details, cause: error })
  }
}
