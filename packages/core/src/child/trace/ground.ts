import { readFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { isOfTools } from '@isolane/record/observe/things'
import { laneVariables } from '../../shared/env.ts'
import { globMatcher } from './glob.ts'
import { isInside, shownPath } from './paths.ts'

/** What belongs to a worker, and what its tests may use besides. */
export interface GroundOptions {
  /** Absolute project root: globs start here. */
  readonly root: string
  /** Absolute directories of the lane. */
  readonly directories: readonly string[]
  /** Ports of the lane. */
  readonly ports: readonly number[]
  /** Globs of paths and numbers of ports that tests may use although they are not the lane's. */
  readonly allow: readonly (string | number)[]
}

/** A name that two workers do not choose: with a UUID, a time, or letters and digits at random. */
const unique =
  /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}|\d{13}|(?=[a-z\d]*(?:(?:[a-z]+\d+){2}|(?:\d+[a-z]+){2}))[a-z\d]{8}/i

/** What is a worker's own and what is not. */
export class Ground {
  readonly root: string
  readonly #directories: readonly string[]
  readonly #lane: readonly string[]
  readonly #ports: ReadonlySet<number>
  readonly #allowed: readonly (string | number)[]
  readonly #prefixes: string[] = []
  #allows: ((path: string) => boolean) | undefined
  #firstEphemeral: number | undefined

  constructor({ root, directories, ports, allow }: GroundOptions) {
    this.root = root
    this.#lane = directories
    const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local, NODE_V8_COVERAGE: coverage } = process.env
    const runDir = process.env[laneVariables.host]
    const others = [xdg, local, coverage, runDir && join(runDir, '..', '..')]
    this.#directories = [
      ...directories,
      ...others.filter((path) => path !== undefined && path !== ''),
      join(homedir(), 'Library', 'Caches'),
      '/dev',
      '/proc',
    ] as readonly string[]
    this.#ports = new Set(ports)
    this.#allowed = allow
  }

  /** True for the lane's own ports, and for those that the system gives to whoever asks for any. */
  ownsPort(port: number): boolean {
    return port === 0 || this.#ports.has(port) || port >= this.#ephemeral()
  }

  allowsPort(port: number): boolean {
    return this.#allowed.includes(port)
  }

  /** True for a file of the lane itself. */
  isOfLane(path: string): boolean {
    return this.#lane.some((directory) => isInside(path, directory))
  }

  /** True for files that no other worker uses, and for what tools keep for themselves. */
  ownsPath(path: string): boolean {
    if (this.#directories.some((directory) => isInside(path, directory))) return true
    if (this.#prefixes.some((prefix) => path.startsWith(prefix))) return true
    if (isOfTools(path)) return true
    const temp = resolve(tmpdir())
    return isInside(path, temp) && isUnique(relative(temp, path))
  }

  allowsPath(path: string): boolean {
    this.#allows ??= globMatcher(this.#allowed.filter((entry) => typeof entry === 'string'))
    return this.#allows(shownPath(path, this.root))
  }

  /** `fs.mkdtemp` makes the names below this prefix unique. */
  addUnique(prefix: unknown): void {
    if (typeof prefix !== 'string' || this.#prefixes.length === 1_000) return
    if (!this.#prefixes.includes(prefix)) this.#prefixes.push(prefix)
  }

  #ephemeral(): number {
    if (this.#firstEphemeral !== undefined) return this.#firstEphemeral
    let first = process.platform === 'linux' ? 32_768 : 49_152
    try {
      const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'latin1')
      first = Number.parseInt(range, 10) || first
    } catch {
      // Elsewhere there is no such file, and what holds there is known.
    }
    this.#firstEphemeral = first
    return first
  }
}

function isUnique(path: string): boolean {
  const pid = new RegExp(`(?<!\\d)${process.pid}(?!\\d)`)
  return pid.test(path) || path.split(/[\\/]/).some((name) => unique.test(name))
}
