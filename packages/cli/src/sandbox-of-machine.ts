import { fileURLToPath } from 'node:url'
import type { Sandboxed } from '@isolane/flake'

/** How a command runs with every worker in a sandbox; undefined where this machine has no sandboxes. */
export async function sandboxOfMachine(): Promise<Sandboxed | undefined> {
  const { examine, isSandboxed } = await import('@isolane/sandbox')
  if (isSandboxed()) return undefined
  const { parts } = examine()
  if (!parts.every(({ works }) => works)) return undefined
  const main = fileURLToPath(new URL('./main.js', import.meta.url))
  return ({ network, files }, workers) => [
    process.execPath,
    main,
    'run',
    `--parts=${[...(network ? ['network'] : []), ...(files ? ['files'] : [])].join(',')}`,
    `--workers=${workers}`,
    '--',
  ]
}
