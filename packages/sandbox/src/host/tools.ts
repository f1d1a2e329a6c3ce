import { accessSync, constants, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parts } from '../options.ts'
import type { Part } from '../options.ts'

/** What a sandbox is made with: the package of a distribution that has it, and the parts that need it. */
const tools = {
  unshare: ['util-linux', parts],
  mount: ['mount', ['files', 'processes']],
  ip: ['iproute2', ['network']],
  timeout: ['coreutils', ['processes']],
  env: ['coreutils', ['processes']],
  cat: ['coreutils', ['processes']],
  setpriv: ['util-linux', ['network']],
  mkfifo: ['coreutils', parts],
  sh: ['dash', parts],
} as const satisfies Record<string, readonly [string, readonly Part[]]>

/** A program that a sandbox is made with. */
export type Tool = keyof typeof tools

/** Those of which BusyBox has one that lacks options which are needed here. */
const full: ReadonlySet<string> = new Set(['unshare', 'mount', 'timeout', 'env', 'setpriv'])

const found = new Map<string, string | undefined>()

/** Gives the path of a program, on the PATH or where those of the administrator are; undefined when there is none. */
export function toolPath(name: Tool): string | undefined {
  const path = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`
  const key = `${name} ${path}`
  if (!found.has(key)) {
    const place = path
      .split(':')
      .filter((directory) => directory.startsWith('/'))
      .map((directory) => join(directory, name))
      .find((path) => isExecutable(path) && !(full.has(name) && isBusyBox(path)))
    // What is missing may be installed while this process lives.
    if (place === undefined) return undefined
    found.set(key, place)
  }
  return found.get(key)
}

/** The programs that are not there and that one of these parts needs, each with the package that has it. */
export function missingTools(wanted: readonly Part[]): readonly string[] {
  return Object.entries(tools)
    .filter(([, [, needing]]) => needing.some((part) => wanted.includes(part)))
    .filter(([name]) => toolPath(name as Tool) === undefined)
    .map(([name, [bringer]]) => `${name} (${bringer})`)
}

/** True where BusyBox stands in for some of the programs, as on Alpine. */
export function hasBusyBox(): boolean {
  return [...full].some((name) => ['/bin', '/usr/bin'].some((at) => isBusyBox(join(at, name))))
}

function isBusyBox(path: string): boolean {
  try {
    return basename(realpathSync(path)) === 'busybox'
  } catch {
    return false
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
