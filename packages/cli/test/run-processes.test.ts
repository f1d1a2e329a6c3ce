import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { commands, runProject } from './support/run-project.ts'
import type { RunProject } from './support/run-project.ts'

/** A worker that never ends, with a daemon of its own and a server that keeps it alive. */
const hang = (runner: 'vitest' | 'jest'): string => `
  const hang = () => {
    const { spawn } = require('node:child_process')
    const { writeFileSync } = require('node:fs')
    require('node:http').createServer().listen(3000)
    const daemon = 'setInterval(() => {}, 1000)'
    spawn(process.execPath, ['-e', daemon], { detached: true, stdio: 'ignore' }).unref()
    writeFileSync('inside.txt', '')
    process.on('SIGTERM', () => {})
    console.log('hangs in ' + require('node:fs').readlinkSync('/proc/self'))
    return new Promise(() => {})
  }
  ${
    runner === 'vitest'
      ? `import { createRequire } from 'node:module'
         import { test } from 'vitest'
         const require = createRequire(import.meta.url)
         test('hangs', hang, 600_000)`
      : `test('hangs', hang, 600_000)
         process.stderr.write('hangs\\n')`
  }
`

/** The process of a runner, by the command line of a child of `isolane`. */
function runnerPid(it: RunProject, isolane: number | undefined): number {
  const line = it.leftovers().find((one) => {
    const pid = /^process (\d+): /.exec(one)?.[1]
    return pid !== undefined && Number(pid) !== isolane && parentOf(Number(pid)) === isolane
  })
  return Number(/^process (\d+)/.exec(line ?? '')?.[1])
}

function parentOf(pid: number): number {
  let stat = ''
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    // It has ended.
  }
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

describe.each([
  { name: 'vitest', command: [...commands.vitest, 'run'], seen: /hangs in \d+/ },
  { name: 'jest', command: commands.jest, seen: /^hangs$/m },
] as const)('$name', ({ name, command, seen }) => {
  const files = {
    'hang.test.js': hang(name),
    'package.json': name === 'vitest' ? '{ "type": "module" }' : '{}',
  }

  test('nothing is left behind when isolane or the runner is killed', async () => {
    for (const victim of ['runner', 'isolane'] as const) {
      const it = await runProject(files)
      const { child, printed, ended } = it.start(it.words('--', ...command))
      await printed(seen)
      const runner = runnerPid(it, child.pid)
      process.kill(victim === 'isolane' ? Number(child.pid) : runner, 'SIGKILL')
      const { exitCode, signal } = await ended
      expect(signal ?? exitCode).toBe(victim === 'isolane' ? 'SIGKILL' : 128 + 9)
      const processes = async (): Promise<readonly string[]> =>
        (await it.gone()).filter((one) => one.startsWith('process'))
      expect(await processes()).toEqual([])
      // Layers of the dead go at the next run at the latest.
      await it.isolane('--', process.execPath, '-e', '0')
      expect(it.leftovers()).toEqual([])
    }
  })

  test('ctrl-C ends all that runs and gives 130', async () => {
    const it = await runProject(files)
    const { child, printed, ended } = it.start(it.words('--', ...command))
    await printed(seen)
    child.kill('SIGINT')
    const { exitCode } = await ended
    expect(exitCode).toBe(130)
    expect(await it.gone()).toEqual([])
  })
})
