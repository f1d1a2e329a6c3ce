import { Command } from 'commander'
import { count } from './count.ts'

/** `isolane clean`: removes what dead runs left on this machine. */
export function cleanCommand(done: (exitCode: number) => void): Command {
  return new Command('clean')
    .description('end the processes and remove the directories and leases that dead runs left')
    .helpOption('-h, --help', 'print this help')
    .action(async () => {
      const [{ cacheDir, Registry }, { removeDeadLayers }] = await Promise.all([
        import('@isolane/core/host'),
        import('@isolane/sandbox'),
      ])
      const registry = await Registry.open()
      try {
        const { runs, processes, directories, leases, left } = await registry.sweep()
        const layers = await removeDeadLayers(cacheDir())
        const parts = [
          count(runs, 'dead run', 'dead runs'),
          count(processes, 'process', 'processes'),
          count(directories, 'directory', 'directories'),
          count(leases, 'lease', 'leases'),
          count(layers, 'sandboxed run', 'sandboxed runs'),
        ]
        process.stdout.write(
          runs + layers === 0 ? 'Nothing to clean up.\n' : `Cleaned up: ${parts.join(', ')}.\n`,
        )
        for (const one of left) process.stderr.write(`isolane: left: ${one}\n`)
        done(left.length === 0 ? 0 : 1)
      } finally {
        await registry.close()
      }
    })
}
