import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { project } from './support/project.ts'
import type { Project } from './support/project.ts'
import { haveSandboxes, sandboxed } from './support/sandboxes.ts'
import { until } from './support/until.ts'

/** A test that leaves a daemon behind, says so and waits. */
const files = {
  ...sandboxed("{ files: { writable: ['told'] } }", 'testTimeout: 60_000'),
  'waits.test.ts': `
    import { spawn } from 'node:child_process'
    import { existsSync, writeFileSync } from 'node:fs'
    import { test } from 'vitest'
    test('waits', async () => {
      spawn('sh', ['-c', 'setsid sleep 600 & setsid sh -c "sleep 600 & exit"'], { stdio: 'ignore', detached: true }).unref()
      writeFileSync('test.db', 'x'.repeat(100_000))
      writeFileSync('told/waits', '')
      while (!existsSync('told/go')) await new Promise((resolve) => setTimeout(resolve, 10))
    })
  `,
  'quick.test.ts': "import { test } from 'vitest'\ntest('quick', () => {})",
}

async function startUntilTold(it: Project): Promise<ReturnType<Project['start']>> {
  const started = it.start('run', '--pool=isolated')
  const { output } = started
  await until('the test is running', () => existsSync(join(it.dir, 'told/waits')), output)
  return started
}

/** The worker itself, seen from outside: it has another pid inside. */
async function workerOf(it: Project, layer: RegExp): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const [name, environment] = await Promise.all([
      readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''),
      readFile(`/proc/${pid}/environ`, 'latin1').catch(() => ''),
    ])
    if (!/^(node|MainThread)/.test(name) || !environment.includes(it.cacheDir)) continue
    const files: string[] = await readdir(`/proc/${pid}/cwd`).catch(() => [])
    if (layer.test(environment) && files.includes('test.db')) return Number(pid)
  }
  throw new Error('The worker is not there.')
}

describe.runIf(haveSandboxes)('nothing of a sandbox is left', () => {
  test('when the main process is killed', async () => {
    const it = await project(files)
    const { child, ended } = await startUntilTold(it)
    child.kill('SIGKILL')
    await ended
    await it.nothingLeft()
    expect(existsSync(join(it.dir, 'test.db'))).toBe(false)
  })

  test('when a worker is killed: its file runs again, the run goes on, and its lane and layer are gone', async () => {
    const it = await project(files)
    const { child, ended, output } = await startUntilTold(it)
    process.kill(await workerOf(it, /ISOLANE_LAYER=/), 'SIGKILL')
    await it.write({ 'told/go': '' })
    await ended
    expect(child.exitCode, output()).toBe(0)
    expect(output()).toMatch(/a worker crashed in "waits" \(waits\.test\.ts\): signal SIGKILL/)
    expect(output()).toMatch(/Tests {2}2 passed/)
    expect(await it.leftovers()).toEqual([])
  })

  test('when the run is ended with ctrl-C', async () => {
    const it = await project(files)
    const { child, ended } = await startUntilTold(it)
    child.kill('SIGINT')
    child.kill('SIGINT')
    await ended
    await it.nothingLeft()
    expect(existsSync(join(it.dir, 'test.db'))).toBe(false)
  })
})
