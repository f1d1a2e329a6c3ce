import { expect, test } from 'vitest'

test('counts from one', () => {
  expect([1, 2, 3].indexOf(1)).toBe(1)
})
