const session = {}

describe('session', () => {
  describe('of a user', () => {
    test('knows the name', () => {
      expect(session.user).toBe('ada')
    })
  })

  test('is an object', () => {
    expect(session).toBeInstanceOf(Object)
  })

  test('signs in', () => {
    session.user = 'ada'
    expect(session.user).toBe('ada')
  })

  test('adds a role', () => {
    session.role = 'admin'
    expect(session.role).toBe('admin')
  })
})
