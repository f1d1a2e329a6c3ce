import { expect, test } from 'vitest'
import { parsePrice } from './parse.js'

test('parses a price', () => {
  expect(parsePrice('12.50')).toBe(12.5)
})

test('parses a price with a comma', () => {
  expect(parsePrice('12,50')).toBe(12.5)
})
