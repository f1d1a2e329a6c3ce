import { describe, expect, test } from 'vitest'

let connection

describe('store', () => {
  test('reads', () => {
    expect(connection.read()).toBe('ok')
  })

  test('connects', () => {
    connection = { read: () => 'ok' }
    expect(connection).toBeDefined()
  })

  test('has a name', () => {
    expect('store').toHaveLength(5)
  })
})
