import { expect, test } from 'vitest'
import { parallelWorkers } from './parallel-workers.ts'

test('says how many workers there are, when it is not what the runner would do', () => {
  const why = (wanted: number | 'auto' | undefined, own: number, off?: string) =>
    parallelWorkers({ wanted, own, off, cores: 3 })
  expect(why(undefined, 2)).toEqual({ workers: 2 })
  expect(why(2, 2)).toEqual({ workers: 2 })
  expect(why(1, 2)).toEqual({
    workers: 1,
    line: "1 worker at a time instead of 2 (the runner's own number).",
  })
  expect(why('auto', 2)).toEqual({
    workers: 3,
    line: "3 workers at a time instead of 2 (the runner's own number).",
  })
  expect(why(undefined, 1, 'fileParallelism: false')).toEqual({
    workers: 3,
    line: '3 workers at a time instead of 1 (fileParallelism: false).',
  })
})
