import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** What a sandbox is made with, and the package of a distribution that has it. */
const packages = {
  unshare: 'util-linux',
  mount: 'util-linux',
  setpriv: 'util-linux',
  ip: 'iproute2',
  timeout: 'coreutils',
  env: 'coreutils',
  cat: 'coreutils',
  mkfifo: 'coreutils',
  sh: 'dash',
} as const

/** A program that a sandbox is made with. */
export type Tool = keyof typeof packages

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
      .find(isExecutable)
    // What is missing may be installed while this process lives.
    if (place === undefined) return undefined
    found.set(key, place)
  }
  return found.get(key)
}

/** The programs that are not there, each with the package that has it. */
export function missingTools(): readonly string[] {
  return Object.entries(packages)
    .filter(([name]) => toolPath(name as Tool) === undefined)
    .map(([name, bringer]) => `${name} (${bringer})`)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
