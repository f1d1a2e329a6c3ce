import { once } from 'node:events'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { port } from '@isolane/core'
import { expect, onTestFinished, test } from 'vitest'
import { resourceLane } from './support/resource-lane.ts'
import { tempCache } from './support/temp-cache.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)

/** Listens like a program that knows nothing of Isolane. */
async function listen(host: string, number = 0): Promise<number> {
  const server = createServer()
  server.listen({ host, port: number, ipv6Only: host === '::1' })
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    await once(server, 'close')
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not a TCP server')
  return address.port
}

/** A range of `size` ports nobody listens on, away from those of tests with a registry of their own. */
async function freeRange(size: number): Promise<[number, number]> {
  const lane = await resourceLane(tempCache())
  for (;;) {
    const { handle } = await lane.provision(port({ range: [10_000, 14_900] }))
    const last = handle.number + size - 1
    const others = Array.from({ length: size - 1 }, (_, at) => handle.number + 1 + at)
    const found = await Promise.all(
      others.map((one) => lane.provision(port({ range: [one, one] })).catch(() => undefined)),
    )
    if (found.every((one) => one !== undefined)) return [handle.number, last]
  }
}

test('gives a port of the lane’s own, below the ephemeral range, and says so in PORT', async () => {
  const lane = await resourceLane(tempCache())
  const { handle, data, env } = await lane.provision(port())
  expect(handle).toEqual({
    number: data.number,
    host: '127.0.0.1',
    url: `http://127.0.0.1:${data.number}`,
  })
  expect(env).toEqual({ PORT: String(data.number) })
  expect(await lane.context.holdings.leased('port')).toEqual([String(data.number)])
  expect(await listen('127.0.0.1', data.number)).toBe(data.number)
  expect(await port().reset(data, lane.context)).toEqual({ ok: true })
})

test('only the first port of a lane is PORT, and any may have a name of its own', async () => {
  const lane = await resourceLane(tempCache())
  expect((await lane.provision(port(), { PORT: '1' })).env).toBeUndefined()
  const { data, env } = await lane.provision(port({ env: 'API_PORT' }), { PORT: '1' })
  expect(env).toEqual({ API_PORT: String(data.number) })
})

test('gives a port back when the lane is closed, once and again', async () => {
  const range = await freeRange(1)
  const cache = tempCache()
  const first = await resourceLane(cache)
  const second = await resourceLane(cache)
  const { data } = await first.provision(port({ range }))
  await expect(second.provision(port({ range }))).rejects.toMatchObject({ code: 'ISOLANE_PORT' })
  await port().dispose(data, first.context)
  await port().dispose(data, first.context)
  expect((await second.provision(port({ range }))).data).toEqual(data)
})

test.each(hasIpv6 ? ['127.0.0.1', '::1', '0.0.0.0', '::'] : ['127.0.0.1', '0.0.0.0'])(
  'passes over a port on which another program listens on %s',
  async (host) => {
    const range = await freeRange(2)
    await listen(host, range[0])
    const lane = await resourceLane(tempCache())
    const { data } = await lane.provision(port({ range }))
    expect(data.number).toBe(range[1])
    expect(await lane.context.holdings.leased('port')).toEqual([String(range[1])])
  },
)

test('says who has the ports of a range that is used up', async () => {
  const range = await freeRange(3)
  const cache = tempCache()
  const [first, second, third] = [1, 2, 3].map((_, at) => range[0] + at) as [number, number, number]
  await listen('127.0.0.1', third)
  const holder = await resourceLane(cache)
  for (const number of [first, second]) {
    await holder.provision(port({ range: [number, number] }))
  }
  const lane = await resourceLane(cache)
  const run = holder.context.lane.run.slice(0, 8)
  await expect(lane.provision(port({ range }))).rejects.toMatchObject({
    code: 'ISOLANE_PORT',
    message: [
      `No free port for lane ${lane.id} in ${first}-${third}: of 3 ports 2 are leased by lanes and 1 is taken by other programs.`,
      `  run ${run} (pid ${process.pid}) holds ${first}, ${second}`,
      `  other programs listen on ${third}`,
      'Hint: give a wider range, for example port({ range: [20000, 31999] }), or use fewer workers.',
    ].join('\n'),
  })
})

test('a range of its own has room for so many lanes', async () => {
  const range = await freeRange(3)
  const lane = await resourceLane(tempCache())
  const { holdings } = lane.context
  const ranged = port({ range })
  expect(await ranged.capacity?.(holdings)).toBe(3)
  await lane.provision(ranged)
  expect(await ranged.capacity?.(holdings)).toBe(2)
  expect('capacity' in port()).toBe(false)
})

test.each([
  [{ rnage: [1, 2] }, /^port\(\) has no option "rnage"/],
  [
    { range: [4000, 3000] },
    /^port\.range is \[4000,3000\] \(array\): it must be \[from, to\], two whole numbers from 1024 to 65535, the smaller one first\.\nHint: /,
  ],
  [{ range: [80, 90] }, /^port\.range is \[80,90\]/],
  [{ range: 3000 }, /^port\.range is 3000 \(number\)/],
  [{ range: [3000.5, 4000] }, /^port\.range is /],
  [
    { env: 'A B' },
    /^port\.env is "A B" \(string\): it must be the name of an environment variable/,
  ],
])('refuses %j', (options, message) => {
  expect(() => port(options as never)).toThrow(
    expect.objectContaining({ code: 'ISOLANE_OPTION', message: expect.stringMatching(message) }),
  )
})
