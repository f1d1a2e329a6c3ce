import { expect, test } from 'vitest'
import { change, read } from './store.js'

test('archives courses', async () => {
  for (let at = 0; at < 15; at += 1) await change('archived', at)
  expect(read('archived')).toBe(14)
})
