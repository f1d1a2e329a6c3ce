import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { identify, Registry } from '@isolane/core/host'
import { expect, onTestFinished, test } from 'vitest'
import { startRun } from './support/run-process.ts'
import type { RunProcess } from './support/run-process.ts'
import { tempCache } from './support/temp-cache.ts'
import { until } from './support/until.ts'

async function open(cache: string): Promise<Registry> {
  const registry = await Registry.open({ dir: cache })
  onTestFinished(() => registry.close())
  return registry
}

async function alive(pid: number | null): Promise<boolean> {
  return pid !== null && (await identify(pid)) !== undefined
}

/** What is left of a run once its watchdog has ended, in words. */
async function leftovers(registry: Registry, { report }: RunProcess): Promise<string[]> {
  await until('the watchdog has ended', async () => !(await alive(report.watchdog)))
  const left = [report.dir, report.tempDir].filter((path) => existsSync(path))
  // The stray is found by its environment, which only Linux shows.
  const pids = [...report.group, ...(process.platform === 'linux' ? [report.stray] : [])]
  for (const pid of pids) if (await alive(pid)) left.push(`process ${pid}`)
  for (const run of await registry.runs()) left.push(`run ${run.id}`)
  for (const port of await registry.leased('port')) left.push(`port ${port}`)
  return left
}

test('the watchdog cleans up when the main process is killed, and ends', async () => {
  const cache = tempCache()
  const run = await startRun({ cache, id: randomUUID(), watchdog: true })
  const registry = await open(cache)
  expect(await alive(run.report.watchdog)).toBe(true)

  await run.kill()
  expect(await leftovers(registry, run)).toEqual([])
})

test('the watchdog ends without a word when the run ends', async () => {
  const cache = tempCache()
  const run = await startRun({ cache, id: randomUUID(), watchdog: true })
  const registry = await open(cache)
  run.child.stdin?.end('end\n')
  await until('the main process has ended', () => run.child.exitCode !== null)

  expect(run.child.exitCode).toBe(0)
  expect(await leftovers(registry, run)).toEqual([])
})

test.skipIf(process.platform === 'win32')(
  'the watchdog survives what the terminal sends to the group of the main process',
  async () => {
    const cache = tempCache()
    const run = await startRun({ cache, id: randomUUID(), watchdog: true })
    const registry = await open(cache)
    process.kill(-run.pid, 'SIGINT')
    await until('the main process has ended', () => run.child.signalCode !== null)
    expect(await leftovers(registry, run)).toEqual([])
  },
)

test('the watchdog keeps nobody alive, and cleans up after a process that forgot the goodbye', async () => {
  const cache = tempCache()
  const script = `
    import { Registry, startWatchdog } from '@isolane/core/host'
    const registry = await Registry.open()
    await registry.addRun({ id: 'forgetful', root: '/' })
    console.log(startWatchdog({ runId: 'forgetful', cacheDir: registry.dir }).pid)`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', script],
    { cwd: import.meta.dirname, env: { ...process.env, ISOLANE_CACHE_DIR: cache } },
  )
  await until('the watchdog has ended', async () => !(await alive(Number(stdout))))
  const registry = await open(cache)
  expect(await registry.runs()).toEqual([])
  expect(existsSync(join(cache, 'runs', 'forgetful'))).toBe(false)
})

test('leaves the runs of others alone', async () => {
  const cache = tempCache()
  const killed = await startRun({ cache, id: randomUUID(), watchdog: true })
  const other = await startRun({ cache, id: randomUUID(), watchdog: true })
  const registry = await open(cache)
  await killed.kill()
  await until('the watchdog has ended', async () => !(await alive(killed.report.watchdog)))

  expect(await registry.runs()).toHaveLength(1)
  expect(existsSync(other.report.dir)).toBe(true)
  expect(await alive(other.report.watchdog)).toBe(true)
  for (const pid of other.report.group) expect(await alive(pid)).toBe(true)
})
