import { test } from 'vitest'

test('is called back', async () => {
  await new Promise(() => {})
}, 300)

test('is quick', () => {})
