import { expect, test } from 'vitest'

test('rolls high', () => {
  expect(Math.random()).toBeGreaterThan(0.5)
})

test('rolls', () => {
  expect(Math.random()).toBeLessThan(1)
})
