import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { defineLanes, IsolaneError } from '@isolane/core'
import { LaneHost, Registry } from '@isolane/core/host'
import { expect, onTestFinished, test } from 'vitest'
import { folder } from './support/folder.ts'
import { gate } from './support/gate.ts'
import { hostProcess } from './support/host-process.ts'
import { laneWorker } from './support/lane-worker.ts'
import { startHost } from './support/start-host.ts'
import { tempCache } from './support/temp-cache.ts'
import { until } from './support/until.ts'

const lanes = defineLanes({ folder: folder() })
const windows = process.platform === 'win32'

test('ends once, leaves nothing, and lends nothing afterwards', async () => {
  const { host, registry, cache } = await startHost(lanes)
  const lane = await host.acquire({ slot: 1 })
  await Promise.all([host.close(), host.close()])
  await host.close()
  expect(await registry.runs()).toEqual([])
  expect(await registry.lanes()).toEqual([])
  expect(readdirSync(join(cache, 'runs'))).toEqual([])
  host.release(lane.id)
  const gone = { code: 'ISOLANE_HOST_GONE' }
  await expect(host.acquire({ slot: 1 })).rejects.toMatchObject(gone)
  await expect(host.reset(lane.id)).rejects.toMatchObject(gone)
})

test('ends while a lane is being made, and tells those who wait', async () => {
  const made = gate()
  const { host, registry } = await startHost(
    defineLanes({
      folder: folder({
        provision: async ({ number }, signal) => {
          if (number === 1) return
          void made.pass()
          await delay(600_000, undefined, { signal })
        },
      }),
    }),
  )
  await host.acquire({ slot: 1 })
  const waiting = host.acquire({ slot: 2 }).catch((error: unknown) => error)
  await made.reached
  await host.close()
  expect(await waiting).toMatchObject({ code: 'ISOLANE_HOST_GONE' })
  expect(await registry.runs()).toEqual([])
})

test('ends while a lane is being reset, and resets no lane only to close it', async () => {
  const { pass, reached, open } = gate()
  const resets: number[] = []
  const reset = async ({ number }: { number: number }): Promise<void> => {
    resets.push(number)
    await pass()
  }
  const { host, registry } = await startHost(defineLanes({ folder: folder({ reset }) }), {
    workers: 2,
  })
  const worker = await laneWorker(host)
  const held = await worker.acquire(1)
  const { id, file } = await host.acquire({ slot: 2 })
  host.release(id)
  await reached
  const closing = host.close()
  open()
  await closing
  expect(resets).toEqual([file.number])
  expect(existsSync(held.dir)).toBe(false)
  expect(await registry.runs()).toEqual([])
})

test('closes every lane, whatever one of them does, and throws what went wrong', async () => {
  const disposed: number[] = []
  const dispose = ({ number }: { number: number }): void => {
    disposed.push(number)
    if (number === 1) throw new Error('the folder is stuck')
    if (number === 2) throw new IsolaneError('ISOLANE_PORT', { message: 'the port is stuck' })
  }
  const cacheDir = tempCache()
  const host = await LaneHost.start({
    lanes: defineLanes({ folder: folder({ dispose }) }),
    root: cacheDir,
    cacheDir,
    workers: 2,
    spares: 0,
  })
  await host.acquire({ slot: 1 })
  await host.acquire({ slot: 2 })
  const error = await host.close().catch((cause: unknown) => cause)
  expect(error).toBeInstanceOf(AggregateError)
  expect(String(error).replaceAll(/lane [\w-]+:/g, 'lane <id>:')).toBe(
    `AggregateError: Not every lane closed cleanly:
Resource "folder" failed to dispose for lane <id>: the folder is stuck
Hint: the error comes from "folder" in defineLanes(); its own message stands above.
the port is stuck`,
  )
  expect(new Set(disposed)).toEqual(new Set([1, 2]))
  expect(readdirSync(join(cacheDir, 'runs'))).toEqual([])
})

test('says when a lane that is replaced leaves something behind', async () => {
  const dispose = ({ number }: { number: number }): void => {
    if (number === 1) throw new Error('the folder is stuck')
  }
  const { host, messages } = await startHost(defineLanes({ folder: folder({ dispose }) }))
  const { id } = await host.acquire({ slot: 1 })
  host.release(id, { discard: true })
  const told = await until('the failure is told', () => messages[0])
  expect(told.replaceAll(id, '<id>')).toBe(
    `Lane <id> left something behind: Resource "folder" failed to dispose for lane <id>: the folder is stuck
Hint: the error comes from "folder" in defineLanes(); its own message stands above.`,
  )
})

test.skipIf(windows)(
  'works from a cache directory whose path is too long for a socket',
  async () => {
    const cacheDir = join(tempCache(), 'x'.repeat(120))
    const { host, registry } = await startHost(lanes, { cacheDir })
    const worker = await laneWorker(host)
    expect((await worker.acquire(1)).dir.startsWith(cacheDir)).toBe(true)
    const [socketDir] = await registry.leased('directory')
    expect(statSync(String(socketDir)).mode & 0o777).toBe(0o700)
    await host.close()
    expect(existsSync(String(socketDir))).toBe(false)
  },
)

test.skipIf(windows)('leaves no socket behind when its process is killed', async () => {
  const cache = join(tempCache(), 'x'.repeat(120))
  const host = await hostProcess(cache)
  expect(existsSync(host.endpoint)).toBe(true)
  await host.kill()
  const registry = await Registry.open({ dir: cache })
  onTestFinished(() => registry.close())
  // Its row goes last.
  await until('the watchdog has cleaned up', async () => (await registry.runs()).length === 0)
  expect(existsSync(dirname(host.endpoint))).toBe(false)
  expect(existsSync(host.runDir)).toBe(false)
})

test('leaves nothing behind when a template cannot be built', async () => {
  const { cache, registry } = await startHost(lanes)
  const broken = { ...folder(), prepare: () => Promise.reject(new Error('no template')) }
  await expect(startHost(defineLanes({ broken }), { cacheDir: cache })).rejects.toMatchObject({
    code: 'ISOLANE_LANE',
    message: `Resource "broken" failed to prepare: no template
Hint: the error comes from "broken" in defineLanes(); its own message stands above.`,
  })
  expect(await registry.runs()).toHaveLength(1)
  expect(readdirSync(join(cache, 'runs'))).toHaveLength(1)
})

test('keeps the newest fifty directories of failed tests', async () => {
  const { host, cache } = await startHost(lanes)
  const failed = join(cache, '.isolane', 'failed')
  for (let age = 1; age <= 55; age++) {
    const dir = join(failed, `old-${age}`)
    mkdirSync(dir, { recursive: true })
    const at = new Date(Date.now() - age * 60_000)
    utimesSync(dir, at, at)
  }
  const { id } = await host.acquire({ slot: 1 })
  await host.evidence(id, 'fails now')
  const left = readdirSync(failed)
  expect(left).toHaveLength(50)
  expect(left).toContain(`fails-now-${id}-1`)
  expect(left).toContain('old-49')
  expect(left).not.toContain('old-50')
})

test('keeps the evidence of tests with like names apart', async () => {
  const noting = {
    ...folder(),
    evidence: async (_: unknown, { into }: { into: string }) => {
      const path = join(into, 'note')
      writeFileSync(path, 'kept', { flag: 'wx' })
      return { summary: 'a note', kept: { path, open: path } }
    },
  }
  const { host } = await startHost(defineLanes({ noting }))
  const { id } = await host.acquire({ slot: 1 })
  const suite = 'a suite whose title has no less than sixty characters in it'
  const tests = [`${suite} > first`, `${suite} > second`, 'adds 1+1', 'adds 1-1', 'again', 'again']
  const kept = await Promise.all(tests.map((name) => host.evidence(id, name)))
  const paths = kept.map(([one]) => one?.path)
  expect(kept.flat()).toMatchObject(tests.map(() => ({ summary: 'a note' })))
  expect(new Set(paths).size, paths.join('\n')).toBe(tests.length)
})

test('what resources say of a lane cannot steer a terminal', async () => {
  const hostile = '\u001b[31mred\u001b[0m\nnext \u202etxet'
  const says = {
    ...folder({ reset: () => Promise.reject(new Error(hostile)) }),
    evidence: async () => ({ summary: hostile, detail: hostile }),
  }
  const fails = { ...folder(), evidence: () => Promise.reject(new Error(`\u0007${hostile}`)) }
  const { host, messages } = await startHost(defineLanes({ says, fails }))
  const { id } = await host.acquire({ slot: 1 })
  expect(await host.evidence(id, hostile)).toEqual([
    {
      resource: 'says',
      summary: 'red next \\u{202e}txet',
      detail: 'red\nnext \\u{202e}txet',
    },
    { resource: 'fails', summary: 'could not be kept: \\u{7}red' },
  ])
  host.release(id, { after: hostile })
  const told = await until('the lane is replaced', () => messages[0])
  expect(told).toBe(
    `Lane ${id} could not be reset after red next \\u{202e}txet and is replaced: says: red\nnext \\u{202e}txet.`,
  )
})
