import { expect, test } from '@playwright/test'

const cart = []

test('is a list', () => {
  expect(Array.isArray(cart)).toBe(true)
})

test('adds', () => {
  cart.push('book')
  expect(cart).toHaveLength(1)
})

test('is empty at first', () => {
  expect(cart).toHaveLength(0)
})
