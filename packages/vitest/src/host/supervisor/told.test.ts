import { expect, test } from 'vitest'
import type { FileTask, Pack, Task, TaskEvent } from './calls.ts'
import { Told } from './told.ts'

const task = (id: string, type: string, tasks?: readonly Task[]): Task => ({
  id,
  type,
  name: id,
  mode: 'run',
  meta: {},
  ...(tasks === undefined ? {} : { tasks }),
})
const file: FileTask = {
  ...task('f', 'suite'),
  filepath: '/a.test.ts',
  tasks: [task('f_0', 'test'), task('f_1', 'test'), task('f_2', 'test')],
}
const error = { name: 'Error', message: 'died', stack: 'Error: died' }
const call = (m: string, ...a: unknown[]) => ({ t: 'q', m, a, i: 'x' }) as const
const update = (packs: readonly Pack[], events: readonly TaskEvent[]) =>
  call('onTaskUpdate', packs, events)
const pack = (id: string, state: string): Pack => [id, { state }, {}]
const event = (id: string, name: string): TaskEvent => [id, name, undefined]

/** A file of which one test has ended and one runs. */
function half(): Told {
  const told = new Told()
  told.hear(call('onQueued', file))
  told.hear(call('onCollected', [file]))
  told.hear(
    update(
      [pack('f', 'run'), pack('f_0', 'pass'), pack('f_1', 'run')],
      [
        event('f', 'suite-prepare'),
        event('f_0', 'test-prepare'),
        event('f_0', 'test-finished'),
        event('f_1', 'test-prepare'),
      ],
    ),
  )
  return told
}

test('what Vitest knows is not told again, and what crashed is marked', () => {
  const told = half()
  told.crashed(['f_1'], 'signal SIGKILL')
  told.again()
  const nothing = { forward: undefined, answer: undefined }
  expect(told.hear(call('onQueued', file))).toEqual(nothing)
  expect(told.hear(call('onCollected', [file]))).toEqual(nothing)
  expect(
    told.hear(
      update([pack('f_0', 'run')], [event('f', 'suite-prepare'), event('f_0', 'test-prepare')]),
    ),
  ).toEqual(nothing)
  const artifact = { type: 'x' }
  expect(told.hear(call('onTaskArtifactRecord', 'f_0', artifact))).toEqual({
    forward: undefined,
    answer: artifact,
  })
  expect(
    told.hear(
      update(
        [pack('f_0', 'pass'), pack('f_1', 'pass')],
        [
          event('f_0', 'test-finished'),
          event('f_1', 'test-prepare'),
          event('f_1', 'test-finished'),
        ],
      ),
    ).forward,
  ).toMatchObject({
    a: [
      [['f_1', { state: 'pass' }, { isolaneCrashes: ['signal SIGKILL'] }]],
      [['f_1', 'test-finished', undefined]],
    ],
  })
})

test('a test that ends differently is told again', () => {
  const told = half()
  told.again()
  expect(
    told.hear(update([pack('f_0', 'fail')], [event('f_0', 'test-finished')])).forward,
  ).toMatchObject({ a: [[pack('f_0', 'fail')], [event('f_0', 'test-finished')]] })
})

test('a file that was collected differently is told again', () => {
  const told = half()
  told.again()
  const other = { ...file, tasks: file.tasks.slice(1) }
  expect(told.hear(call('onCollected', [other])).forward).toMatchObject({ a: [[other]] })
})

test('a file that is broken off: what ran fails, what had ended keeps its result, the rest did not run', () => {
  const told = half()
  expect(told.isDone('/a.test.ts')).toBe(false)
  const [only, ...more] = told.broken('/a.test.ts', ['f_1'], error, new Map(), undefined)
  expect(more).toEqual([])
  expect(told.isDone('/a.test.ts')).toBe(true)
  expect(only?.a).toMatchObject([
    [
      ['f_1', { state: 'fail', errors: [error] }, {}],
      ['f_2', { state: 'skip', note: 'not run: its worker ended' }, {}],
      ['f', { state: 'fail' }, {}],
    ],
    [event('f_1', 'test-finished'), event('f', 'suite-finished')],
  ])
})

test('results that a worker held back are told for it', () => {
  const told = new Told()
  told.hear(call('onQueued', file))
  told.hear(call('onCollected', [file]))
  const held = new Map([['f_0', { state: 'pass', duration: 3 }]])
  const [only] = told.broken('/a.test.ts', ['f_1'], error, held, undefined)
  const [packs, events] = (only?.a ?? []) as [Pack[]?, TaskEvent[]?]
  expect(packs?.[0]).toEqual(['f_0', { state: 'pass', duration: 3 }, {}])
  expect(events?.slice(0, 3)).toEqual([
    event('f', 'suite-prepare'),
    event('f_0', 'test-prepare'),
    event('f_0', 'test-finished'),
  ])
})

test('a file that was never collected fails as a whole', () => {
  const calls = new Told().broken('/a.test.ts', [], error, new Map(), file)
  expect(calls.map(({ m }) => m)).toEqual(['onQueued', 'onCollected', 'onTaskUpdate'])
  expect(calls[1]?.a).toMatchObject([[{ tasks: [], result: { state: 'fail', errors: [error] } }]])
})

test('a process goes on for another: results held back are told once, what does not run again keeps its result', () => {
  const told = half()
  const held = new Map([['f_1', { state: 'fail', duration: 3 }]])
  expect(told.heldBack(held)?.a).toEqual([
    [['f_1', { state: 'fail', duration: 3 }, {}]],
    [event('f_1', 'test-finished')],
  ])
  expect(told.heldBack(held)).toBeUndefined()
  told.again()
  const skipped = update(
    [['f_1', undefined, {}]],
    [event('f_1', 'test-prepare'), event('f_1', 'test-finished')],
  )
  expect(told.hear(skipped).forward).toBeUndefined()
  const end = update(
    [pack('f_2', 'pass'), pack('f', 'pass')],
    [event('f_2', 'test-finished'), event('f', 'suite-finished')],
  )
  expect(told.hear(end).forward).toMatchObject({
    a: [[pack('f_2', 'pass'), pack('f', 'fail')], end.a[1]],
  })
})
