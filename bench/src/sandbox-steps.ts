import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { median } from './figure.ts'
import type { Row } from './figure.ts'

/**
 * What the steps of making a sandbox take, each as what it adds to those before it: a shell, its namespaces one
 * after another, and the commands that set them up.
 */
export async function sandboxSteps(rounds: number): Promise<readonly Row[]> {
  const directory = await mkdtemp('/var/tmp/isolane-bench-')
  for (const name of ['lower', 'upper', 'work', 'merged']) await mkdir(join(directory, name))
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const xattr = user.length === 0 ? '' : ',userxattr'
  const overlay = `mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work${xattr} isolane merged`
  const loopback = 'ip link set lo up'
  const inside = (namespaces: readonly string[], ...commands: string[]): readonly string[] => [
    ...['unshare', ...user, ...namespaces],
    ...['--', 'sh', '-c', commands.join(' && ')],
  ]
  const both = ['--mount', '--net']
  const steps: readonly (readonly [what: string, command: readonly string[]])[] = [
    ['a shell', ['sh', '-c', ':']],
    ['mount namespace (unshare --mount)', inside(['--mount'], ':')],
    ['network namespace (--net)', inside(both, ':')],
    ['loopback (ip link set lo up)', inside(both, loopback)],
    ['one overlay (mount -t overlay)', inside(both, loopback, overlay)],
    [
      'process namespace (--pid --ipc --fork)',
      inside(both, loopback, overlay, 'unshare --pid --ipc --fork -- true'),
    ],
  ]
  const times = steps.map((): number[] => [])
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const [index, [, [command = '', ...args]]] of steps.entries()) {
        const startedAt = performance.now()
        await execa(command, args, { cwd: directory })
        // The first round only warms up.
        if (round > 0) times[index]?.push(performance.now() - startedAt)
      }
    }
  } finally {
    // The kernel leaves a directory of mode 0000 in the work directory of an overlay.
    await execa('chmod', ['-R', 'u+rwx', directory])
    await rm(directory, { recursive: true, force: true })
  }
  const medians = times.map(median)
  return steps.map(([what], index) => ({
    what: index === 0 ? what : `+ ${what}`,
    medianMs: (medians[index] ?? 0) - (medians[index - 1] ?? 0),
  }))
}
