import { spawn } from 'node:child_process'
import { watch } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { makeProject, vitest } from './project.ts'

const isPosix = process.platform !== 'win32'

test.runIf(isPosix)(
  'when isolane itself is killed, the runner and its workers end too',
  async () => {
    await using project = await makeProject({
      'a.test.js': `import { writeFileSync } from 'node:fs'
      import { test } from 'vitest'
      test('waits', async () => {
        writeFileSync('MEMORY/pids', process.pid + ' ' + process.ppid)
        await new Promise((settle) => setTimeout(settle, 120_000))
      }, 200_000)`,
      'main.mjs': `import { flake } from '@isolane/flake'
      await flake({ command: ${JSON.stringify([...vitest, 'run'])} })`,
    })
    const appeared = new Promise<void>((settle) => {
      const watcher = watch(project.memory, () => {
        watcher.close()
        settle()
      })
    })
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$|NODE_ENV$)/.test(name)),
    )
    const child = spawn(process.execPath, ['main.mjs'], { cwd: project.dir, env, stdio: 'ignore' })
    await appeared
    expect(await readdir(project.memory)).toEqual(['pids'])
    await expect.poll(() => readFile(`${project.memory}/pids`, 'utf8')).toMatch(/^\d+ \d+$/)
    const pids = (await readFile(`${project.memory}/pids`, 'utf8')).split(' ').map(Number)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await expect
      .poll(() => Promise.all(pids.map(isRunning)), { timeout: 20_000 })
      .toEqual([false, false])
  },
  240_000,
)

async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  // In a container nobody may reap it.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return !/\) [ZX] /.test(stat)
}
