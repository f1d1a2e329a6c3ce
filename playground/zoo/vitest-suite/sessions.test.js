import { describe, expect, test } from 'vitest'

let user

describe('sessions', () => {
  test('have a user', () => {
    expect(() => user).not.toThrow()
  })

  test('sign in', () => {
    user = 'ada'
    expect(user).toBe('ada')
  })

  test('last', async () => {
    await new Promise((settle) => setTimeout(settle, 100))
    expect(true).toBe(true)
  })

  test('begin signed out', () => {
    expect(user).toBeUndefined()
  })
})
