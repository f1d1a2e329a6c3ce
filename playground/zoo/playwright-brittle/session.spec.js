import { expect, test } from '@playwright/test'

// Run side by side, each on a worker of its own, the second has no user.
let user

test.describe('session', () => {
  test('signs in', async () => {
    await new Promise((settle) => setTimeout(settle, 600))
    user = 'ada'
    expect(user).toBe('ada')
  })

  test('knows the user', () => {
    expect(user).toBe('ada')
  })

  test('has a length', () => {
    expect([1]).toHaveLength(1)
  })
})
