import { expect, test } from 'vitest'

const round = (value) => Math.floor(value * 100) / 100

test('keeps whole cents', () => {
  expect(round(1.25)).toBe(1.25)
})

test('rounds half up', () => {
  expect(round(1.005)).toBe(1.01)
})

test('rounds down', () => {
  expect(round(1.001)).toBe(1)
})
