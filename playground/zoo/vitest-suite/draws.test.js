import { expect, test } from 'vitest'

test('draws a low number', () => {
  expect(Math.random()).toBeLessThan(0.5)
})
