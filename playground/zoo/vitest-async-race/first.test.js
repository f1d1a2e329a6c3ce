import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'

const after = (word) =>
  new Promise((settle) => setTimeout(() => settle(word), 5 + randomInt(0, 2) * 20))

test('the first is first', async () => {
  const [one, other] = [
    after('one'),
    new Promise((settle) => setTimeout(() => settle('other'), 15)),
  ]
  expect(await Promise.race([one, other])).toBe('one')
})
