import { describe, expect, test } from 'vitest'
import { session } from './session.js'

describe('session', () => {
  test('knows the user', () => {
    expect(session.user).toBe('ada')
  })

  test('has a place for the user', () => {
    expect(session).toHaveProperty('user')
  })

  test('signs in', () => {
    session.user = 'ada'
    expect(session.user).toBe('ada')
  })
})
