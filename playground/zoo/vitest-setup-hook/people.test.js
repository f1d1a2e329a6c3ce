import { beforeAll, test } from 'vitest'

beforeAll(() => {
  throw new Error('no people in the seed')
})

test('lists', () => {})

test('counts', () => {})
