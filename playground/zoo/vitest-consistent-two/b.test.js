import { expect, test } from 'vitest'

test('joins with a comma', () => {
  expect(['a', 'b'].join(' ')).toBe('a, b')
})
