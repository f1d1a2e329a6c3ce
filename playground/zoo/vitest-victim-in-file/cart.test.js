import { describe, expect, test } from 'vitest'
import { cart } from './cart.js'

describe('cart', () => {
  test('is an array', () => {
    expect(Array.isArray(cart)).toBe(true)
  })

  test('adds an item', () => {
    cart.push('book')
    expect(cart).toContain('book')
  })

  test('knows its methods', () => {
    expect(typeof cart.push).toBe('function')
  })

  test('starts empty', () => {
    expect(cart).toEqual([])
  })

  test('has a length', () => {
    expect(cart.length).toBeGreaterThanOrEqual(0)
  })
})
