import { expect, test } from 'vitest'
import { count } from './counter.js'

test('counts what it sent', async () => {
  const before = await count()
  for (let at = 0; at < 4; at += 1) {
    await count('POST')
    await new Promise((settle) => setTimeout(settle, 150))
  }
  expect((await count()) - before).toBe(4)
})
