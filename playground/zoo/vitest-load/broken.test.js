import { expect, test } from 'vitest'
import { price } from './price.js'

test('has a price', () => {
  expect(price(2)).toBe(2)
})
