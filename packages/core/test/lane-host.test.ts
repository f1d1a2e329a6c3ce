import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineLanes } from '@isolane/core'
import type { LaneFacts } from '@isolane/core'
import { expect, onTestFinished, test } from 'vitest'
import { folder } from './support/folder.ts'
import type { FolderHooks } from './support/folder.ts'
import { gate } from './support/gate.ts'
import { startHost } from './support/start-host.ts'
import { until } from './support/until.ts'

const withFolder = (hooks: FolderHooks = {}) => defineLanes({ folder: folder(hooks) })

/** A verb that fails for some lanes. */
function failing(fails: (lane: number) => boolean): (lane: LaneFacts) => void {
  return ({ number }) => {
    if (fails(number)) throw new Error(`lane ${number} is out of luck`)
  }
}

test('makes the first lane at the start and keeps one spare ahead', async () => {
  const { host, states } = await startHost(withFolder(), { workers: 3 })
  expect(host.limit).toBe(4)
  await states('1 ready')
  const first = await host.acquire({ slot: 1, pid: 4321 })
  await states('1 leased, 2 ready')
  const second = await host.acquire({ slot: 2 })
  await states('1 leased, 2 leased, 3 ready')
  expect([first.file.number, second.file.number]).toEqual([1, 2])
})

test('makes the first lane at the start also without spares', async () => {
  const { states } = await startHost(withFolder(), { spares: 0 })
  await states('1 ready')
  await expect(
    startHost(withFolder({ provision: failing((lane) => lane === 1) }), { spares: 0 }),
  ).rejects.toThrow('Resource "folder" failed to provision')
})

test('tells who holds a lane, in the worker’s environment and in the registry', async () => {
  const { host, lanes, states } = await startHost(withFolder())
  const lane = await host.acquire({ slot: 3, pid: 4321 })
  expect(lane.env).toEqual({
    ISOLANE_RUN: host.run,
    ISOLANE_LANE: lane.id,
    ISOLANE_HOST: host.env['ISOLANE_HOST'],
    ISOLANE_SLOT: '3',
  })
  host.beat(lane.id, 'adds a user')
  await until('the test is noted', async () => (await lanes())[0]?.test === 'adds a user')
  const [noted] = await lanes()
  expect(noted).toMatchObject({ state: 'leased', slot: 3, workerPid: 4321, generation: 1 })
  expect(Date.parse(noted?.testSince ?? '')).toBeGreaterThanOrEqual(Date.parse(noted?.since ?? ''))
  host.beat(lane.id, 'an earlier one, told late', Date.parse('2026-01-01T00:00:00Z'))
  // A worker that was started after its lane was leased.
  host.held(lane.id, { slot: 5, pid: 99 })
  await until('the worker is noted', async () => (await lanes())[0]?.workerPid === 99)
  expect((await lanes())[0]).toMatchObject({ slot: 5, since: noted?.since, test: 'adds a user' })
  host.release(lane.id)
  await states('1 ready, 2 ready')
  expect((await lanes())[0]).toMatchObject({
    slot: 0,
    workerPid: null,
    test: null,
    testSince: null,
  })
})

test('serves those who wait in the order they came', async () => {
  const { host } = await startHost(withFolder(), { spares: 0 })
  const { id } = await host.acquire({ slot: 1 })
  const served: number[] = []
  const waiting = [2, 3, 4, 5].map(async (slot) => {
    const lane = await host.acquire({ slot })
    served.push(lane.slot)
    host.release(lane.id)
  })
  host.release(id)
  await Promise.all(waiting)
  expect(served).toEqual([2, 3, 4, 5])
})

test('resets a lane that comes back and raises its generation', async () => {
  const { host } = await startHost(withFolder(), { spares: 0 })
  const lane = await host.acquire({ slot: 1 })
  const dir = join(lane.file.dir, 'folder')
  writeFileSync(join(dir, 'left.txt'), '')
  host.release(lane.id)
  host.release(lane.id)
  const again = await host.acquire({ slot: 2 })
  expect(again.id).toBe(lane.id)
  expect([lane.file.generation, again.file.generation]).toEqual([1, 2])
  expect(readdirSync(dir)).toEqual(['base.txt'])
})

test('resets a lane in place for the worker that keeps it', async () => {
  const { host } = await startHost(withFolder())
  const lane = await host.acquire({ slot: 1 })
  writeFileSync(join(lane.file.dir, 'folder', 'left.txt'), '')
  expect(await host.reset(lane.id)).toEqual({ generation: 2 })
  expect(await host.reset(lane.id)).toEqual({ generation: 3 })
  expect(readdirSync(join(lane.file.dir, 'folder'))).toEqual(['base.txt'])
})

test('says which test left a lane that cannot be reset, and replaces the lane', async () => {
  const { host, states } = await startHost(withFolder({ reset: failing((lane) => lane === 1) }), {
    spares: 0,
  })
  const lane = await host.acquire({ slot: 1 })
  await expect(host.reset(lane.id, 'adds a user')).rejects.toMatchObject({
    code: 'ISOLANE_RESET',
    message: `Lane ${lane.id} could not be reset after "adds a user": folder: lane 1 is out of luck
Hint: close the transaction or connection the test leaves open, or use reset: "file".`,
  })
  host.release(lane.id)
  const next = await host.acquire({ slot: 1 })
  expect(next.file).toMatchObject({ number: 2, generation: 1 })
  expect(existsSync(lane.file.dir)).toBe(false)
  await states('2 leased')
})

test('replaces a lane whose directory a test removed', async () => {
  const { host } = await startHost(withFolder(), { spares: 0 })
  const lane = await host.acquire({ slot: 1 })
  rmSync(lane.file.dir, { recursive: true })
  writeFileSync(lane.file.dir, 'a file')
  host.release(lane.id)
  expect((await host.acquire({ slot: 1 })).file.number).toBe(2)
})

test('replaces a lane that is discarded', async () => {
  const resets: number[] = []
  const hooks = { reset: ({ number }: LaneFacts) => resets.push(number) }
  const { host } = await startHost(withFolder(hooks), { spares: 0 })
  const lane = await host.acquire({ slot: 1 })
  host.release(lane.id, { discard: true })
  expect((await host.acquire({ slot: 1 })).file).toMatchObject({ number: 2, generation: 1 })
  expect(existsSync(lane.file.dir)).toBe(false)
  expect(resets).toEqual([])
})

test('only the holder of a lane may ask for it', async () => {
  const { host } = await startHost(withFolder())
  const { id } = await host.acquire({ slot: 1 })
  host.release(id, { discard: true })
  const refused = { code: 'ISOLANE_LANE' }
  await expect(host.reset(id)).rejects.toMatchObject(refused)
  await expect(host.rebase(id)).rejects.toMatchObject(refused)
  await expect(host.evidence(id, 'test')).rejects.toMatchObject(refused)
  expect(() => host.beat(id, 'test')).toThrow('Hint: a worker may only ask for the lane it holds.')
})

test('who gives up waiting loses the place and nobody else’s', async () => {
  const { host } = await startHost(withFolder(), { spares: 0 })
  const { id } = await host.acquire({ slot: 1 })
  const controller = new AbortController()
  const reason = new Error('no longer')
  const given = [2, 3].map((slot) => host.acquire({ slot, signal: controller.signal }))
  const next = host.acquire({ slot: 4 })
  controller.abort(reason)
  for (const one of given) await expect(one).rejects.toBe(reason)
  host.release(id)
  expect(await next).toMatchObject({ id, slot: 4 })
  await expect(host.acquire({ slot: 5, signal: controller.signal })).rejects.toBe(reason)
})

test('many may wait with one signal, and it keeps nothing of those who were served', async () => {
  const warnings: string[] = []
  const note = (warning: Error): number => warnings.push(warning.message)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  const { host } = await startHost(withFolder(), { workers: 2 })
  const { signal } = new AbortController()
  await Promise.all(
    Array.from({ length: 30 }, async (_, at) => {
      const lane = await host.acquire({ slot: at + 1, signal })
      host.release(lane.id)
    }),
  )
  expect(warnings).toEqual([])
})

test('tries once more when a lane cannot be made after one that worked', async () => {
  const { host, messages } = await startHost(
    withFolder({ provision: failing((lane) => lane === 2) }),
    {
      workers: 4,
    },
  )
  await host.acquire({ slot: 1 })
  // Several may have been under way when the first failed: none of them is the second attempt.
  expect((await host.acquire({ slot: 2 })).file.number).toBeGreaterThan(2)
  expect(messages).toEqual([])
})

test('goes on with the lanes it has when no further one can be made, and says so', async () => {
  const hooks = { provision: failing((lane) => lane > 1) }
  const { host, messages } = await startHost(withFolder(hooks), { workers: 2 })
  const first = await host.acquire({ slot: 1 })
  const waiting = host.acquire({ slot: 2 })
  const told = await until('the failure is told', () => messages[0])
  expect(told.replaceAll(/lane (?:\w+-)?\d/g, 'lane <id>')).toBe(
    `No further lane can be made, the run goes on with 1: Resource "folder" failed to provision for lane <id>: lane <id> is out of luck
Hint: the error comes from "folder" in defineLanes(); its own message stands above.`,
  )
  host.release(first.id)
  const second = await waiting
  expect(second.id).toBe(first.id)

  // With the last lane gone, those who wait learn why there is none.
  host.release(second.id, { discard: true })
  await expect(host.acquire({ slot: 1 })).rejects.toThrow('is out of luck')
})

test('what a lane that is being closed gives back may be just what the next one lacks', async () => {
  const { pass, reached, open } = gate()
  let free = true
  const hooks: FolderHooks = {
    provision: ({ number }) => {
      if (!free) throw new Error(`lane ${number} is out of luck`)
      free = false
    },
    dispose: async () => {
      await pass()
      free = true
    },
  }
  const { host, messages } = await startHost(withFolder(hooks), { workers: 2 })
  const first = await host.acquire({ slot: 1 })
  const waiting = host.acquire({ slot: 2 })
  await until('the failure is told', () => messages[0])
  host.release(first.id, { discard: true })
  await reached
  // Whoever comes now waits too.
  const late = host.acquire({ slot: 1 })
  open()
  const second = await waiting
  expect(second.file.number).toBeGreaterThan(1)
  host.release(second.id)
  expect((await late).id).toBe(second.id)
})

test('leaves nothing behind when the first lane cannot be made', async () => {
  const { registry, cache } = await startHost(withFolder())
  const lanes = withFolder({ provision: failing((lane) => lane === 1) })
  await expect(startHost(lanes, { cacheDir: cache })).rejects.toThrow('lane 1 is out of luck')
  expect(await registry.runs()).toHaveLength(1)
  expect(readdirSync(join(cache, 'runs'))).toHaveLength(1)
})

test('says which resource gives data that cannot travel', async () => {
  const odd = { ...folder(), provision: async () => ({ data: { path: 'x', size: 1n } }) }
  await expect(startHost(defineLanes({ odd }))).rejects.toThrow(
    /^Resource "odd" failed to provision for lane \w+-1: .*BigInt/,
  )
})
