import { defineLanes } from '@isolane/core'
import { expect, test } from 'vitest'
import { locker } from './support/locker.ts'
import type { Asked, Locker } from './support/locker.ts'
import { expectRequests } from './support/lock-queue.ts'
import { startHost } from './support/start-host.ts'
import type { StartedHost } from './support/start-host.ts'
import { until } from './support/until.ts'

interface Lockers extends StartedHost {
  readonly of: readonly Locker[]
}

/** A run and processes of it that ask for locks. */
async function lockers(count: number): Promise<Lockers> {
  const started = await startHost(defineLanes({}), { spares: 0 })
  const of = await Promise.all(Array.from({ length: count }, () => locker(started.host.env)))
  return { ...started, of }
}

/** Writes down who is granted a lock, in order. */
function written(granted: string[], name: string, asked: Asked): Asked {
  asked.granted.then(
    () => granted.push(name),
    () => undefined,
  )
  return asked
}

/** Waits until these were granted, and nobody else. */
async function expectGrants(granted: readonly string[], ...expected: string[]): Promise<void> {
  await until(`granted are ${expected.join()}`, () => granted.length >= expected.length)
  expect(granted).toEqual(expected)
}

test('goes to one process at a time, in the order in which they asked', async () => {
  const { of, cache } = await lockers(5)
  const [first, ...others] = of
  const granted: string[] = []
  const held = await first!.lock('billing')
  const asked: Asked[] = []
  for (const [at, one] of others.entries()) {
    asked.push(written(granted, `${at}`, one.ask(['billing'])))
    await expectRequests(cache, at + 2)
  }
  await held.release()
  for (const [at, one] of asked.entries()) {
    await expectGrants(granted, ...Array.from({ length: at + 1 }, (_, name) => `${name}`))
    await one.release()
  }
  await expectRequests(cache, 0)
})

test('is shared by many; one who wants it alone is overtaken by nobody', async () => {
  const { of, cache } = await lockers(5)
  const [a, b, alone, c, d] = of as [Locker, Locker, Locker, Locker, Locker]
  const granted: string[] = []
  const shared = { mode: 'shared' } as const
  const readers = [await a.lock('catalog', shared), await b.lock('catalog', shared)]
  const writer = written(granted, 'alone', alone.ask('catalog'))
  await expectRequests(cache, 3)
  const later = [written(granted, 'c', c.ask('catalog', shared))]
  await expectRequests(cache, 4)
  later.push(written(granted, 'd', d.ask('catalog', shared)))
  await expectRequests(cache, 5)

  await readers[0]!.release()
  await expectRequests(cache, 4)
  expect(granted).toEqual([])
  await readers[1]!.release()
  await expectGrants(granted, 'alone')
  await writer.release()
  await until('both are granted', () => granted.length === 3)
  expect(new Set(granted)).toEqual(new Set(['alone', 'c', 'd']))
  await Promise.all(later.map((one) => one.release()))
})

test('gives all names or none, and what nobody asked for before at once', async () => {
  const { of, cache } = await lockers(4)
  const [a, b, c, d] = of as [Locker, Locker, Locker, Locker]
  const granted: string[] = []
  const one = await a.lock('x')
  const both = written(granted, 'x and y', b.ask(['y', 'x', 'y']))
  await expectRequests(cache, 2)
  const late = written(granted, 'y', c.ask('y'))
  await expectRequests(cache, 3)
  await d.lock('z')
  expect(granted).toEqual([])
  await one.release()
  await expectGrants(granted, 'x and y')
  await both.release()
  await expectGrants(granted, 'x and y', 'y')
  await late.release()
})

test('is freed when its holder is killed, and a killed waiter loses its place', async () => {
  const { of, cache } = await lockers(3)
  const [holder, waiter, next] = of as [Locker, Locker, Locker]
  await holder.lock(['a', 'b'])
  waiter.ask('a')
  await expectRequests(cache, 2)
  const asked = next.ask(['b', 'a'])
  await expectRequests(cache, 3)
  await waiter.kill()
  await expectRequests(cache, 2)
  await holder.kill()
  await asked.granted
  await asked.release()
})

/** The message without what differs from run to run. */
function plain(message: string, { host, cache }: StartedHost, pids: readonly Locker[]): string {
  let text = message
    .replaceAll(host.run.slice(0, 8), '<run>')
    .replaceAll(cache, '<root>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/\(\d+\.\d s\)/g, '(<seconds>)')
  for (const [at, { pid }] of pids.entries()) text = text.replace(`pid ${pid}`, `pid <${at}>`)
  return text
}

test('says for whom it waited too long', async () => {
  const started = await startHost(defineLanes({}), { spares: 0, workers: 2 })
  const [lane, other] = [
    await started.host.acquire({ slot: 1 }),
    await started.host.acquire({ slot: 2 }),
  ]
  started.host.beat(lane.id, 'pays \u001b[31man invoice\u202e')
  const holder = await locker(lane.env)
  const waiter = await locker(other.env)
  const held = await holder.lock(['billing', 'st\u0007ock'])
  await until('the test is noted', async () => (await started.lanes()).some(({ test }) => test))

  const failed = async (asked: Asked): Promise<string> => {
    const error = await asked.granted.then(
      () => new Error('It was granted.'),
      (error: Error & { code?: string }) => error,
    )
    expect(error).toMatchObject({ code: 'ISOLANE_LOCK' })
    return plain(error.message, started, [holder, waiter])
  }
  expect(await failed(waiter.ask('billing', { timeoutMs: 20 }))).toMatchInlineSnapshot(`
    "Lock "billing" not granted within 20 ms: held since <time> (<seconds>) by pid <0>, lane <run>-1, test "pays \\u{1b}[31man invoice\\u{202e}", run <run> of <root>.
    Hint: raise timeoutMs, or do less while the lock is held."
  `)
  expect(
    await failed(waiter.ask(['free', 'billing', 'st\u0007ock'], { timeoutMs: 0, mode: 'shared' })),
  ).toMatchInlineSnapshot(`
    "Shared locks "free", "billing", "st\\u{7}ock" not granted within 0 ms: "billing", "st\\u{7}ock" held since <time> (<seconds>) by pid <0>, lane <run>-1, test "pays \\u{1b}[31man invoice\\u{202e}", run <run> of <root>.
    Hint: raise timeoutMs, or do less while the lock is held."
  `)
  await held.release()

  const reader = await holder.lock('billing', { mode: 'shared' })
  const before = waiter.ask('billing')
  await expectRequests(started.cache, 2)
  expect(await failed(holder.ask('billing', { timeoutMs: 1 }))).toMatchInlineSnapshot(`
    "Lock "billing" not granted within 1 ms: held as shared since <time> (<seconds>) by pid <0>, lane <run>-1, test "pays \\u{1b}[31man invoice\\u{202e}", run <run> of <root>; 1 more before it.
    Hint: raise timeoutMs, or do less while the lock is held."
  `)
  await reader.release()
  await before.granted
  // Who gave up has left no trace: the next one waits for the holder alone.
  await expectRequests(started.cache, 1)
})

test('tells once that somebody waits long, and for whom', async () => {
  const started = await startHost(defineLanes({}), { spares: 0 })
  const lane = await started.host.acquire({ slot: 1 })
  const [holder, waiter] = [await locker(started.host.env), await locker(lane.env)]
  const held = await holder.lock('billing')
  const asked = waiter.ask(['billing', 'stock'])
  await expectRequests(started.cache, 2)
  const waits = await started.host.waits(lane.id)
  expect(waits.map((one) => plain(one, started, [holder, waiter]))).toMatchInlineSnapshot(`
    [
      "lock "billing": held since <time> (<seconds>) by pid <0>, run <run> of <root>",
    ]
  `)
  await until('it is told', () => started.messages.length > 0)
  expect(started.messages.map((one) => plain(one, started, [holder, waiter])))
    .toMatchInlineSnapshot(`
    [
      "lane <run>-1 (pid <1>) has waited 10 s for locks "billing", "stock": "billing" held since <time> (<seconds>) by pid <0>, run <run> of <root>",
    ]
  `)
  await held.release()
  await asked.granted
})
