import { defineLanes, lock } from '@isolane/core'
import { expect, onTestFinished, test } from 'vitest'
import { enter } from './support/enter.ts'
import { gate } from './support/gate.ts'
import { locker } from './support/locker.ts'
import { expectRequests } from './support/lock-queue.ts'
import { startHost } from './support/start-host.ts'
import type { StartedHost } from './support/start-host.ts'

const lanes = defineLanes({})

/** Makes this process a worker of a run of its own. */
async function enterLane(): Promise<StartedHost> {
  const started = await startHost(lanes, { spares: 0 })
  enter((await started.host.acquire({ slot: 1 })).env)
  return started
}

/** The error of a promise. */
async function errorOf(promise: Promise<unknown>): Promise<Error> {
  return await promise.then(
    () => new Error('It did not fail.'),
    (error: unknown) => error as Error,
  )
}

test('gives what the work gives, and the lock back however the work ends', async () => {
  const { cache } = await enterLane()
  const { lock: own } = lanes.current()
  expect(await own('a', () => 1)).toBe(1)
  expect(await own(['a'], async () => await Promise.resolve('b'))).toBe('b')
  await expect(own('a', () => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
  await expectRequests(cache, 0)
  {
    await using held = await own(['a', 'b', 'a'], { mode: 'shared' })
    expect(held.names).toEqual(['a', 'b'])
    await expectRequests(cache, 1)
    await held.release()
    await expectRequests(cache, 0)
  }
  await expectRequests(cache, 0)
})

test('refuses code that asks for what it holds, or for more', async () => {
  await enterLane()
  const helper = async (): Promise<number> => await lock('billing', () => 1)
  const again = await errorOf(lock(['stock', 'billing'], helper))
  expect(again).toMatchObject({ code: 'ISOLANE_LOCK' })
  expect(again.message).toMatchInlineSnapshot(`
    "Lock "billing" was asked for by code that holds it: it would wait for itself.
    Hint: take the lock once, around everything that needs it."
  `)
  expect(again.stack).not.toMatch(/core\/dist/)

  const more = await errorOf(lock('stock', helper, { mode: 'shared' }))
  expect(more.message).toMatchInlineSnapshot(`
    "Lock "billing" was asked for by code that holds "stock": two tests that do so in different order would wait for each other.
    Hint: ask for all names at once, with one call: lock(["stock", "billing"], …)."
  `)
  const both = await errorOf(
    lock('stock', async () => await lock(['billing', 'stock'], { mode: 'shared' })),
  )
  expect(both.message).toMatchInlineSnapshot(`
    "Lock "stock" was asked for by code that holds it: it would wait for itself.
    Hint: ask for all names at once, with one call: lock(["stock", "billing"], …)."
  `)
})

test('refuses it for a lock held by await using too, until that is given back', async () => {
  await enterLane()
  {
    await using held = await lock('billing')
    await expect(lock('billing', () => 1)).rejects.toMatchObject({ code: 'ISOLANE_LOCK' })
    await expect(lock('stock')).rejects.toMatchObject({ code: 'ISOLANE_LOCK' })
    await held.release()
    expect(await lock(['billing', 'stock'], () => 1)).toBe(1)
  }
  // A lock that was not granted holds nothing.
  await expect(lock('billing', { signal: AbortSignal.abort() })).rejects.toThrow('aborted')
  expect(await lock('billing', () => 2)).toBe(2)
})

test('lets what runs at the same time in one process wait for each other', async () => {
  const { cache } = await enterLane()
  const inside = gate()
  const order: string[] = []
  const first = lock('billing', async () => {
    await inside.pass()
    order.push('first')
  })
  await inside.reached
  const others = ['second', 'third'].map(async (name) => {
    await using _ = await lock('billing')
    order.push(name)
  })
  await expectRequests(cache, 3)
  expect(order).toEqual([])
  inside.open()
  await Promise.all([first, ...others])
  expect(order).toEqual(['first', 'second', 'third'])
})

test('stops waiting when its signal says so', async () => {
  const { cache } = await enterLane()
  const other = await locker(process.env as Record<string, string>)
  const held = await other.lock('billing')
  const controller = new AbortController()
  const given = lock('billing', () => 'granted', { signal: controller.signal })
  const stays = lock('billing', () => 'granted')
  await expectRequests(cache, 3)
  controller.abort(new Error('the test is over'))
  await expect(given).rejects.toThrow('the test is over')
  // Also while it is only just asking.
  const early = new AbortController()
  const asking = lock('billing', { signal: early.signal })
  early.abort(new Error('over at once'))
  await expect(asking).rejects.toThrow('over at once')
  await expectRequests(cache, 2)
  await held.release()
  expect(await stays).toBe('granted')
})

test('names the call of the user in the stack of a timeout', async () => {
  await enterLane()
  const other = await locker(process.env as Record<string, string>)
  await other.lock('billing')
  const error = await errorOf(
    (async function theTest() {
      await lock('billing', { timeoutMs: 0 })
    })(),
  )
  expect(error).toMatchObject({ code: 'ISOLANE_LOCK' })
  expect(error.stack).toMatch(/theTest .*lock-nested\.test\.ts/)
  expect(error.stack).not.toMatch(/core\/dist/)
})

test('takes any text for a name, and keeps names apart that look alike', async () => {
  await enterLane()
  const names = ['a', 'A', 'a ', '\u0000', 'a\u0000', '\u001b[2J', 'é', 'e\u0301', '日本', "'; --"]
  const inside = gate()
  const all = names.map((name) => lock(name, () => inside.pass()))
  // All of them are held at the same time.
  onTestFinished(() => inside.open())
  await expect(lock(names, { timeoutMs: 0 })).rejects.toThrow(
    /^Locks "a", "A", "a ", 7 more not granted within 0 ms: "a" held since .* 7 more before it\.\n/,
  )
  inside.open()
  await Promise.all(all)
})

test.each<[string, unknown[], string]>([
  ['no name', [[]], 'lock() takes 1 to 100 names, received 0.'],
  ['an empty name', ['', () => 1], 'lock() cannot take the name "" (0 characters).'],
  [
    'a long name',
    [`\u0007${'x'.repeat(200)}`],
    `lock() cannot take the name "\\u{7}${'x'.repeat(39)}…" (201 characters).`,
  ],
  ['half a character', ['a\ud800'], 'lock() cannot take the name "a\\u{d800}" (2 characters).'],
  [
    'what is no name',
    [['a', 7]],
    'lock() takes a name or an array of names, received a number in the array.',
  ],
  [
    'an unknown option',
    ['a', () => 1, { timeout: 5 }],
    'lock() has no option "timeout". Allowed: mode, timeoutMs, signal.',
  ],
  [
    'an unknown mode',
    ['a', () => 1, { mode: 'read' }],
    'lock.mode must be "exclusive" or "shared", received "read".',
  ],
  [
    'an endless timeout',
    ['a', () => 1, { timeoutMs: Infinity }],
    'lock.timeoutMs must be a number of milliseconds from 0 to 2147483647, received Infinity.',
  ],
  [
    'no signal',
    ['a', () => 1, { signal: true }],
    'lock.signal must be an AbortSignal, received a boolean.',
  ],
  [
    'the options before the work',
    ['a', { mode: 'shared' }, () => 1],
    'lock() takes the work as its second argument, received an object.',
  ],
])('refuses %s', async (_, args, message) => {
  const error = await errorOf((lock as (...all: unknown[]) => Promise<unknown>)(...args))
  expect(error).toMatchObject({ code: 'ISOLANE_OPTION' })
  expect(error.message.split('\nHint: ')[0]).toBe(message)
})

test('ends with the run', async () => {
  const { cache, host } = await enterLane()
  const inside = gate()
  const held = lock('billing', () => inside.pass())
  const waits = errorOf(lock('billing', () => 1))
  await expectRequests(cache, 2)
  await host.close()
  expect(await waits).toMatchObject({ code: 'ISOLANE_HOST_GONE' })
  await expectRequests(cache, 0)
  inside.open()
  await held
})

test('says what to do where no run is', async () => {
  const error = await errorOf(lock('a', () => 1))
  expect(error).toMatchObject({ code: 'ISOLANE_OUTSIDE_LANE' })
})
