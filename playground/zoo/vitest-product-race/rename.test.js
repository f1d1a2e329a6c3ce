import { expect, test } from 'vitest'
import { change, read } from './store.js'

test('renames the course', async () => {
  await new Promise((settle) => setTimeout(settle, 700))
  for (const name of ['one', 'two', 'three', 'four', 'five']) {
    await change(name, 'new')
    await new Promise((settle) => setTimeout(settle, 20))
  }
  for (const name of ['one', 'two', 'three', 'four', 'five']) expect(read(name)).toBe('new')
})
