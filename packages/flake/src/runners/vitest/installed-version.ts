import { readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

/**
 * The major version of the Vitest that a command starts; undefined when none is found.
 *
 * @param launcher words that start it; the last may be its path.
 */
export function installedMajor(launcher: readonly string[], cwd: string): number | undefined {
  return majorAbove(resolve(cwd, launcher.at(-1) ?? '')) ?? majorAbove(resolved(cwd))
}

function resolved(cwd: string): string | undefined {
  try {
    return createRequire(join(cwd, 'package.json')).resolve('vitest/package.json')
  } catch {
    return undefined
  }
}

function majorAbove(path: string | undefined): number | undefined {
  try {
    const manifest = join(dirname(realpathSync(path ?? '')), 'package.json')
    const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>
    return name === 'vitest' ? Number.parseInt(String(version), 10) : undefined
  } catch {
    return undefined
  }
}
