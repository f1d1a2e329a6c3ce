import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { defineLanes } from '@isolane/core'
import { HostClient } from '@isolane/core/child'
import type { LaneHost } from '@isolane/core/host'
import { expect, onTestFinished, test } from 'vitest'
import { folder } from './support/folder.ts'
import { gate } from './support/gate.ts'
import { laneWorker } from './support/lane-worker.ts'
import { startHost } from './support/start-host.ts'
import { tempCache } from './support/temp-cache.ts'

const lanes = defineLanes({ folder: folder() })

function runFile(host: LaneHost): { endpoint: string } {
  const path = join(String(host.env['ISOLANE_HOST']), 'run.json')
  return JSON.parse(readFileSync(path, 'utf8')) as { endpoint: string }
}

test('the lane of a killed worker is free again, and clean', async () => {
  const { host } = await startHost(lanes, { spares: 0 })
  const worker = await laneWorker(host)
  const lane = await worker.acquire(1)
  writeFileSync(join(lane.dir, 'folder', 'left.txt'), '')
  await worker.kill()
  const next = await host.acquire({ slot: 1 })
  expect(next).toMatchObject({ id: lane.id, file: { generation: 2 } })
  expect(readdirSync(join(lane.dir, 'folder'))).toEqual(['base.txt'])
})

test('a worker that is killed while it waits gets no lane', async () => {
  const { host, states } = await startHost(lanes, { spares: 0 })
  const { id } = await host.acquire({ slot: 1 })
  const worker = await laneWorker(host)
  const waiting = worker.acquire(2).catch((error: Error) => error.message)
  // Its request was read before this one, which comes later on the same connection.
  await expect(worker.request({ type: 'reset', lane: 'none' })).rejects.toThrow('is not leased')
  await worker.kill()
  expect(await waiting).toBe('the worker is gone')
  host.release(id)
  await states('1 ready')
})

test('a worker may die while its lane is being reset', async () => {
  const { pass, reached, open } = gate()
  let resets = 0
  const reset = async () => {
    resets += 1
    if (resets === 1) await pass()
  }
  const { host } = await startHost(defineLanes({ folder: folder({ reset }) }), { spares: 0 })
  const worker = await laneWorker(host)
  const lane = await worker.acquire(1)
  const asked = worker
    .request({ type: 'reset', lane: lane.id })
    .catch((error: Error) => error.message)
  await reached
  await worker.kill()
  expect(await asked).toBe('the worker is gone')
  const next = host.acquire({ slot: 1 })
  open()
  expect(await next).toMatchObject({ id: lane.id, file: { generation: 3 } })
  expect(resets).toBe(2)
})

test('errors of the host arrive at the worker with their code', async () => {
  const { host } = await startHost(lanes)
  const worker = await laneWorker(host)
  await expect(worker.request({ type: 'reset', lane: 'other-1' })).rejects.toMatchObject({
    code: 'ISOLANE_LANE',
    message:
      'Lane other-1 is not leased (closed).\nHint: a worker may only ask for the lane it holds.',
  })
})

test('a worker gives back no lane but its own', async () => {
  const { host } = await startHost(lanes, { workers: 2 })
  const worker = await laneWorker(host)
  const { id } = await worker.acquire(1)
  const other = await host.acquire({ slot: 2 })
  await worker.request({ type: 'release', lane: other.id, discard: true })
  await worker.request({ type: 'release', lane: id, discard: false })
  await worker.request({ type: 'release', lane: id, discard: false })
  expect(await host.reset(other.id)).toEqual({ generation: 2 })
})

test('a worker of another version is refused', async () => {
  const { host, states } = await startHost(lanes)
  const worker = await laneWorker(host)
  const stale = worker.request({ type: 'acquire', slot: 1, protocol: 0 })
  await expect(stale).rejects.toMatchObject({
    code: 'ISOLANE_RUNTIME',
    message: `This worker speaks protocol 0, the host 1.
Hint: install one version: \`npm ls @isolane/core\` shows them all.`,
  })
  await expect(worker.request({ type: 'borrow' })).rejects.toMatchObject({
    message: `The host does not know the request "borrow".
Hint: install one version: \`npm ls @isolane/core\` shows them all.`,
  })
  await states('1 ready')

  const dir = tempCache()
  writeFileSync(join(dir, 'run.json'), JSON.stringify({ protocol: 2, endpoint: 'elsewhere' }))
  await expect(HostClient.connect({ ISOLANE_HOST: dir })).rejects.toMatchObject({
    code: 'ISOLANE_RUNTIME',
    message: `The host of this run speaks protocol 2, this process 1.
Hint: install one version: \`npm ls @isolane/core\` shows them all.`,
  })
})

test('a process without a run, or after its end, is told so', async () => {
  await expect(HostClient.connect({})).rejects.toMatchObject({
    code: 'ISOLANE_OUTSIDE_LANE',
    message: `This process belongs to no run: ISOLANE_HOST is not set.
Hint: wrap the runner’s config with isolated(lanes, …), so that a host is started.`,
  })
  const { host } = await startHost(lanes, { spares: 0 })
  await host.acquire({ slot: 1 })
  const client = await HostClient.connect(host.env)
  const waiting = client
    .request({ type: 'acquire', slot: 2, protocol: 1, pid: process.pid })
    .catch((error: unknown) => error)
  await host.close()
  const gone = { code: 'ISOLANE_HOST_GONE' }
  expect(await waiting).toMatchObject(gone)
  await expect(client.request({ type: 'rebase', lane: 'x' })).rejects.toMatchObject(gone)
  await expect(HostClient.connect(host.env)).rejects.toMatchObject(gone)
  await client.close()
})

test.each<[string, string | Buffer]>([
  ['HTTP', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['bytes', randomBytes(4096).fill('\n', 100, 101)],
  ['null', 'null\n'],
  ['half a document', '{"id":1,"requ'],
  ['a request without a type', '{"id":1}\n'],
])('%s on the socket harms nobody', async (_, garbage) => {
  const { host } = await startHost(lanes)
  const socket = connect(runFile(host).endpoint)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.resume().end(garbage)
  await once(socket, 'close')
  const worker = await laneWorker(host)
  expect((await worker.acquire(1)).number).toBe(1)
})

test('a worker ends by itself while it is connected, and its lane is free', async () => {
  const { host } = await startHost(lanes, { spares: 0 })
  const client = await HostClient.connect(host.env)
  const { lane } = await client.request({ type: 'acquire', slot: 1, protocol: 1, pid: 1 })
  const next = host.acquire({ slot: 2 })
  await client.close()
  await client.close()
  expect(await next).toMatchObject({ id: lane.id, file: { generation: 2 } })
})
