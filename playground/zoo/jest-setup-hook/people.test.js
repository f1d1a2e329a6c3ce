beforeAll(() => {
  throw new Error('no people in the seed')
})

test('lists', () => {})

test('counts', () => {})
