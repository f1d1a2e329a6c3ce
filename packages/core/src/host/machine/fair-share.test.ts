import { expect, test } from 'vitest'
import { fairShare } from './fair-share.ts'

test.for<[number, number[], number[]]>([
  [8, [], []],
  [8, [3], [3]],
  [8, [8, 8], [4, 4]],
  [8, [2, 8], [2, 6]],
  [8, [8, 1, 8], [4, 1, 3]],
  [3, [2, 2], [2, 1]],
  [2, [4, 4, 4], [1, 1, 1]],
  [1, [0, 4], [0, 1]],
])('%i cores for those who want %j: %j', ([cores, wants, given]) => {
  expect(fairShare(cores, wants)).toEqual(given)
})
