import { expect, test } from 'vitest'
import { change, read } from './store.js'

const names = ['one', 'two', 'three', 'four', 'five'].map((name) => `${name} of ${process.pid}`)

test('renames the course', async () => {
  await new Promise((settle) => setTimeout(settle, 700))
  for (const name of names) {
    await change(name, 'new')
    await new Promise((settle) => setTimeout(settle, 20))
  }
  for (const name of names) expect(read(name)).toBe('new')
})
