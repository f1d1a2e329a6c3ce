import { SandboxError } from './shared/sandbox-error.ts'

/** What a sandbox can keep apart, one by one. */
export const parts = ['network', 'files', 'processes'] as const

/** A part of a sandbox. */
export type Part = (typeof parts)[number]

/** Which parts of the machine a worker gets for itself. Linux only. */
export interface SandboxOptions {
  /**
   * `true` (default): a network with nothing but a loopback of its own. `'host'` or `false`: the machine's.
   * `forward` lets services of the machine through: `'127.0.0.1:5432'`, `'5432'`, or the path of a unix socket.
   */
  readonly network?: boolean | 'host' | { readonly forward?: readonly string[] }
  /**
   * `true` (default): a copy-on-write view of the project, and of the temp directories. `keep` names, relative
   * to the project's root, files that are copied back when a worker ends, beside those that always are
   * (snapshots, coverage, attachments; see `alwaysKept`). `writable` names directories and files that are not
   * copied on write: all workers and the machine share them.
   */
  readonly files?:
    | boolean
    | { readonly keep?: readonly string[]; readonly writable?: readonly string[] }
  /** `true` (default): everything that a worker starts ends with it, whatever it does to stay. */
  readonly processes?: boolean
}

/** {@link SandboxOptions} with every default filled in. */
export interface SandboxSettings {
  readonly parts: readonly Part[]
  readonly forward: readonly string[]
  readonly keep: readonly string[]
  readonly writable: readonly string[]
}

/**
 * Fills in the defaults.
 *
 * @param options `true` for every part, `false` for none.
 * @param path how the options are called in messages.
 * @throws SandboxError for an unknown or wrong option.
 */
export function sandboxSettings(
  options: boolean | SandboxOptions,
  path = 'sandbox',
): SandboxSettings {
  if (typeof options === 'boolean') {
    return { parts: options ? parts : [], forward: [], keep: [], writable: [] }
  }
  checkObject(options, parts, path)
  const { network = true, files = true, processes = true } = options
  const forward = typeof network === 'object' ? network : {}
  const kept = typeof files === 'object' ? files : {}
  if (typeof network === 'object') checkObject(network, ['forward'], `${path}.network`)
  else if (network !== 'host') checkBoolean(network, `${path}.network`, ', "host"')
  if (typeof files === 'object') checkObject(files, ['keep', 'writable'], `${path}.files`)
  else checkBoolean(files, `${path}.files`)
  checkBoolean(processes, `${path}.processes`)
  const on: Record<Part, boolean> = {
    network: network !== false && network !== 'host',
    files: files !== false,
    processes,
  }
  return {
    parts: parts.filter((part) => on[part]),
    forward: list(forward.forward, `${path}.network.forward`),
    keep: list(kept.keep, `${path}.files.keep`),
    writable: list(kept.writable, `${path}.files.writable`),
  }
}

/**
 * Reads options as the environment and the command line give them: `1`, `0`, `network,files`, or the options
 * as JSON.
 *
 * @param text what was given; empty means `0`.
 * @param path how it is called in messages.
 * @throws SandboxError when it is none of these.
 */
export function parseSandbox(text: string, path: string): boolean | SandboxOptions {
  const trimmed = text.trim()
  if (['', '0', 'false', 'off', 'none'].includes(trimmed)) return false
  if (['1', 'true', 'on', 'all'].includes(trimmed)) return true
  if (trimmed.startsWith('{')) {
    try {
      return JSON.parse(trimmed) as SandboxOptions
    } catch (error) {
      throw new SandboxError(`${path} is not valid JSON.`, 'give 1, 0, or parts: network,files.', {
        cause: error,
      })
    }
  }
  const named = trimmed.split(',').map((name) => name.trim())
  for (const name of named) {
    if (!parts.some((part) => part === name)) {
      throw new SandboxError(
        `${path} names no part of a sandbox with "${name}"; there are ${parts.join(', ')}.`,
        `${path === '--parts' ? '--parts network,files' : `${path}=network,files`} for two of them.`,
      )
    }
  }
  return Object.fromEntries(parts.map((part) => [part, named.includes(part)]))
}

function checkObject(value: object, known: readonly string[], path: string): void {
  if (value === null || Array.isArray(value)) throw wrong(path, value, 'an object')
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue
    throw new SandboxError(
      `${path} has no option "${name}"; it has ${known.join(', ')}.`,
      `remove ${path}.${name}.`,
    )
  }
}

function checkBoolean(value: unknown, path: string, more = ''): void {
  if (typeof value !== 'boolean') throw wrong(path, value, `true, false${more} or an object`)
}

function list(value: readonly string[] | undefined, path: string): readonly string[] {
  if (value === undefined) return []
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string' || one === '')) {
    throw wrong(path, value, 'a list of strings')
  }
  return value as readonly string[]
}

function wrong(path: string, value: unknown, allowed: string): SandboxError {
  return new SandboxError(
    `${path} must be ${allowed}; received ${JSON.stringify(value)}.`,
    `leave ${path} out for the default.`,
  )
}
