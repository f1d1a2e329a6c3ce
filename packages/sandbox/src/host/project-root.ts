import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Finds the directory that is copied on write: the root of the workspace around `cwd`; else the nearest directory
 * with a package.json; else `cwd`. What lies above the repository (`.git`) is not looked at.
 */
export function projectRoot(cwd: string): string {
  let nearest: string | undefined
  for (const directory of upwards(cwd)) {
    const manifest = manifestOf(directory)
    if (existsSync(join(directory, 'pnpm-workspace.yaml'))) return directory
    if (manifest !== undefined && 'workspaces' in manifest) return directory
    if (manifest !== undefined) nearest ??= directory
    if (existsSync(join(directory, '.git'))) break
  }
  return nearest ?? cwd
}

function* upwards(from: string): Generator<string> {
  for (let at = from; ; at = dirname(at)) {
    yield at
    if (at === dirname(at)) return
  }
}

function manifestOf(directory: string): object | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
    return typeof manifest === 'object' && manifest !== null ? manifest : {}
  } catch (error) {
    // One that cannot be read still marks a project.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : {}
  }
}
