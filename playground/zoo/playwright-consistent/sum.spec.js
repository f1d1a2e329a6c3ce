import { expect, test } from '@playwright/test'

test('adds', () => {
  expect(1 + 1).toBe(2)
})

test('rounds', () => {
  expect(Math.round(2.5)).toBe(2)
})
