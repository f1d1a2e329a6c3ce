import { availableParallelism, totalmem } from 'node:os'
import { isIsolaneError } from '@isolane/record'
import { Command } from 'commander'
import pc from 'picocolors'
import { count } from './count.ts'

interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

/** `isolane doctor`: what this machine offers, and whether lanes can work on it. */
export function doctorCommand(done: (exitCode: number) => void): Command {
  return new Command('doctor')
    .description('check Node.js, the cache directory and the registry of this machine')
    .helpOption('-h, --help', 'print this help')
    .action(async () => {
      const checks = [runtime(), machine(), ...(await registry())]
      for (const { name, ok, detail } of checks) {
        const mark = ok ? pc.green('ok  ') : pc.red('bad ')
        process.stdout.write(
          `${mark}${name.padEnd(10)} ${detail.replaceAll('\n', `\n${' '.repeat(15)}`)}\n`,
        )
      }
      done(checks.every(({ ok }) => ok) ? 0 : 1)
    })
}

function runtime(): Check {
  return {
    name: 'node',
    ok: true,
    detail: `${process.version}, ${process.platform} ${process.arch}`,
  }
}

function machine(): Check {
  const gib = (totalmem() / 1024 ** 3).toFixed(1)
  return {
    name: 'machine',
    ok: true,
    detail: `${availableParallelism()} cores, ${gib} GiB of memory`,
  }
}

// The registry brings a native module along; a machine that cannot load it must still get its answer.
async function registry(): Promise<Check[]> {
  try {
    const { cacheDir, Registry } = await import('@isolane/core/host')
    const open = await Registry.open()
    try {
      const runs = await open.runs()
      const alive = await Promise.all(runs.map(({ id }) => open.runLives(id)))
      const dead = alive.filter((lives) => !lives).length
      const lanes = (await open.lanes()).length
      const held = `${count(runs.length - dead, 'run', 'runs')}, ${count(lanes, 'lane', 'lanes')}`
      const left = dead === 0 ? '' : `; ${dead} dead, isolane clean removes what they left`
      return [
        { name: 'cache', ok: true, detail: cacheDir() },
        { name: 'registry', ok: true, detail: `${held}${left}` },
      ]
    } finally {
      await open.close()
    }
  } catch (error) {
    const why = isIsolaneError(error) || error instanceof Error ? error.message : String(error)
    return [{ name: 'registry', ok: false, detail: why }]
  }
}
