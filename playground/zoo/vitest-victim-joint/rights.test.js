import { describe, expect, test } from 'vitest'

const granted = new Set()

describe('rights', () => {
  test('are none at first', () => {
    expect(granted.size).toBe(0)
  })

  test('of a reader', () => {
    granted.add('read')
    expect(granted).toContain('read')
  })

  test('have names', () => {
    expect('read').toHaveLength(4)
  })

  test('of a writer', () => {
    granted.add('write')
    expect(granted).toContain('write')
  })

  // One of the two alone does no harm.
  test('are few', () => {
    expect(granted.size).toBeLessThan(2)
  })
})
