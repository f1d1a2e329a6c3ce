import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** True with `--ui`, `--ui-host` or `--ui-port`. */
export function isUserInterface(words: readonly string[] = process.argv): boolean {
  return words.some((word) => /^--ui(?:$|=|-host|-port)/.test(word))
}

/** True with `--list`: no test runs. */
export function isList(words: readonly string[] = process.argv): boolean {
  return words.includes('--list')
}

/**
 * The directory of the socket by which a terminal attaches to a test that `--debug=cli` has stopped, where it lies
 * among the temp files.
 */
export function debugSockets(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env['PWTEST_SOCKETS_DIR'] !== undefined || env['XDG_RUNTIME_DIR'] !== undefined)
    return undefined
  const user = env['USERNAME'] || env['USER'] || 'default'
  return join(tmpdir(), `pw-${createHash('sha1').update(user).digest('hex').slice(0, 8)}`)
}
