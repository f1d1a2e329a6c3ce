import type { TestRecord } from '@isolane/record'
import { expect, test } from 'vitest'
import { beside, besideInFile, knowsWorkers } from './neighbours.ts'

function record(workers: number, ...places: [file: string, worker: string][]): TestRecord {
  const attempts = places.map(([file, worker], order) => {
    const key = `${file} > one`
    const times = { startMs: order * 5000, endMs: order * 5000 + 1000 }
    return { key, project: '', file, worker, order, outcome: 'failed', retry: 0, ...times }
  })
  return { header: { workers }, attempts } as unknown as TestRecord
}

function besideFirst(of: TestRecord): string[] {
  const [first] = of.attempts
  return first === undefined ? [] : beside(of, first).map(({ file }) => file)
}

test('beside a test ran who was on another worker at that time', () => {
  const apart = record(2, ['a', '1'], ['b', '2'])
  expect(knowsWorkers(apart)).toBe(true)
  expect(besideFirst(apart)).toEqual([])
})

test('anybody may have run beside it when no worker is named', () => {
  const unknown = record(2, ['a', 'main'], ['b', 'main'])
  expect(knowsWorkers(unknown)).toBe(false)
  expect(besideFirst(unknown)).toEqual(['b'])
})

test('nobody ran beside it on a single worker', () => {
  const single = record(1, ['a', 'main'], ['b', 'main'])
  expect(knowsWorkers(single)).toBe(true)
  expect(besideFirst(single)).toEqual([])
})

test('tests of one file run beside each other when they are on different workers at one time', () => {
  const apart = record(2, ['a', '1'], ['a', '2'], ['a', '1'])
  const [first, second, ...others] = apart.attempts
  if (first === undefined || second === undefined) throw new Error('lost')
  expect(besideInFile(apart, first)).toEqual([])
  const together = { ...apart, attempts: [first, { ...second, startMs: 500 }, ...others] }
  expect(besideInFile(together, first)).toMatchObject([{ file: 'a', worker: '2' }])
})
