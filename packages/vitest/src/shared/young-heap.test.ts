import { expect, test } from 'vitest'
import { withYoungHeap, youngHeap } from './young-heap.ts'

test('a worker begins with a larger young generation', () => {
  expect(withYoungHeap(['--no-warnings'], undefined)).toEqual(['--no-warnings', youngHeap])
})

test.for([
  { execArgv: ['--max-semi-space-size=2'], nodeOptions: undefined },
  { execArgv: ['--semi_space_growth_factor=4'], nodeOptions: undefined },
  { execArgv: [], nodeOptions: '--no-warnings --max-semi-space-size=64' },
])('sizes that its user chose stay: $execArgv $nodeOptions', ({ execArgv, nodeOptions }) => {
  expect(withYoungHeap(execArgv, nodeOptions)).toEqual(execArgv)
})
