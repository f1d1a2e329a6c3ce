import { expect, test } from 'vitest'
import { count } from './counter.js'

test('orders ten times', async () => {
  for (let at = 0; at < 10; at += 1) {
    await count('POST')
    await new Promise((settle) => setTimeout(settle, 120))
  }
  expect(await count()).toBeGreaterThanOrEqual(10)
})
