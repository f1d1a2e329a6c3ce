import { describe, expect, test } from 'vitest'

describe('totals', () => {
  test('begin with nothing', () => {
    expect([].reduce((sum, one) => sum + one, 0)).toBe(0)
  })

  test('add up', () => {
    expect(0.1 + 0.2).toBe(0.3)
  })
})
