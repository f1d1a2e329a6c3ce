import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { IsolaneError } from '@isolane/core'
import { createThreads } from '@isolane/core/host'
import { afterEach, expect, test } from 'vitest'

const work = new URL('./support/thread-work.mjs', import.meta.url)
const run = promisify(execFile)
const opened: ReturnType<typeof createThreads>[] = []

function threadsOf(count?: number) {
  const threads = createThreads(count === undefined ? {} : { threads: count })
  opened.push(threads)
  return threads
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((threads) => threads.close()))
})

async function failure(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise
  } catch (error) {
    return error as Error & Record<string, unknown>
  }
  throw new Error('it did not fail')
}

test('runs a named export in another thread and keeps the thread', async () => {
  const threads = threadsOf(1)
  expect(await threads.run<number>(work, 'add', { a: 1, b: 2 })).toBe(3)
  const first = await threads.run<number>(work, 'thread', undefined)
  expect(first).toBeGreaterThan(0)
  expect(await threads.run<number>(work, 'thread', undefined)).toBe(first)
})

test('uses as many threads as allowed, and queues the rest', async () => {
  const threads = threadsOf(2)
  const begun = new SharedArrayBuffer(4)
  const ids = await Promise.all(
    Array.from({ length: 12 }, () => threads.run<number>(work, 'threadBesideAnother', begun)),
  )
  expect(ids).toHaveLength(12)
  expect(new Set(ids).size).toBe(2)
})

test('an error arrives with name, message, code, details and stack', async () => {
  const error = await failure(threadsOf(1).run(work, 'failPlainly', undefined))
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({
    name: 'TypeError',
    message: 'no such thing',
    code: 'E_THING',
    details: { at: 3 },
  })
  expect(error.stack).toContain('failPlainly')
})

test('an IsolaneError stays one', async () => {
  const error = await failure(threadsOf(1).run(work, 'failOurs', undefined))
  expect(error).toBeInstanceOf(IsolaneError)
  expect(error).toMatchObject({
    code: 'ISOLANE_CLONE',
    message: 'The copy is wrong.\nHint: build it again.',
    hint: 'build it again.',
    details: { path: '/a' },
    cause: { name: 'RangeError', message: 'underneath', cause: { message: 'text' } },
  })
  expect(error.stack).toContain('failOurs')
})

test('whatever is thrown becomes an error', async () => {
  const threads = threadsOf(1)
  expect(await failure(threads.run(work, 'throwText', undefined))).toMatchObject({
    message: 'only text',
  })
  expect((await failure(threads.run(work, 'failOddly', undefined))).message).toBe('odd')
  expect((await failure(threads.run(work, 'notCloneable', undefined))).name).toBe('DataCloneError')
  expect((await failure(threads.run(work, 'add', () => {}))).name).toBe('DataCloneError')
  expect((await failure(threads.run(work, 'nothing', undefined))).message).toContain(
    'exports no function "nothing"',
  )
  expect((await failure(threads.run(work, 'notAFunction', undefined))).message).toContain(
    'exports no function',
  )
  const missing = new URL('./support/not-there.mjs', import.meta.url)
  expect(await failure(threads.run(missing, 'add', {}))).toMatchObject({
    code: 'ERR_MODULE_NOT_FOUND',
  })
  expect(await threads.run<number>(work, 'add', { a: 2, b: 2 })).toBe(4)
})

test('a thread that ends by itself fails its work only', async () => {
  const threads = threadsOf(1)
  expect((await failure(threads.run(work, 'end', undefined))).message).toContain('ended')
  expect(await threads.run<number>(work, 'add', { a: 2, b: 2 })).toBe(4)
})

test.each(['spin', 'never'])('abort ends work that would %s, with its own reason', async (name) => {
  const threads = threadsOf(1)
  await threads.run(work, 'add', { a: 1, b: 1 })
  const controller = new AbortController()
  const reason = new Error('the run was cancelled')
  const working = failure(threads.run(work, name, undefined, controller.signal))
  const queued = threads.run<number>(work, 'add', { a: 2, b: 2 })
  const given = failure(threads.run(work, 'add', { a: 2, b: 2 }, controller.signal))
  controller.abort(reason)
  expect(await working).toBe(reason)
  expect(await given).toBe(reason)
  expect(await queued).toBe(4)
  expect(await failure(threads.run(work, 'add', {}, controller.signal))).toBe(reason)
})

test('close ends busy threads and refuses further work', async () => {
  const threads = threadsOf(2)
  await threads.run(work, 'add', { a: 1, b: 1 })
  const cut = ['spin', 'never', 'spin', 'never'].map((name) =>
    failure(threads.run(work, name, undefined)),
  )
  await threads.close()
  for (const error of await Promise.all(cut)) {
    expect(error).toMatchObject({ code: 'ISOLANE_INTERNAL' })
  }
  expect((await failure(threads.run(work, 'add', {}))).message).toBe(
    'The threads were closed before add() of thread-work.mjs had finished.',
  )
  await threads.close()
})

test('closing threads that never started is harmless', async () => {
  await expect(threadsOf().close()).resolves.toBeUndefined()
})

test.each([
  ['idle', '3\n'],
  ['busy', '3\n7\nISOLANE_INTERNAL\n'],
])('a process with %s threads ends by itself', async (state, output) => {
  const main = fileURLToPath(new URL('./support/threads-main.mjs', import.meta.url))
  const { stdout, stderr } = await run(process.execPath, [main, state], { timeout: 30_000 })
  expect(stdout).toBe(output)
  expect(stderr).toBe('')
})
