import { expect, test } from 'vitest'

test('ends on an even millisecond', () => {
  expect(Date.now() % 2).toBe(0)
})
