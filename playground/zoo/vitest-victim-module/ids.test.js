import { describe, expect, test } from 'vitest'
import { nextId } from './ids.js'

describe('ids', () => {
  test('differ', () => {
    expect(nextId()).not.toBe(nextId())
  })

  test('begin with one', () => {
    expect(nextId()).toBe(1)
  })
})
