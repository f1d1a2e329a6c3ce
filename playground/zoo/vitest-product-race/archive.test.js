import { expect, test } from 'vitest'
import { change, read } from './store.js'

test('archives courses', async () => {
  for (let at = 0; at < 40; at += 1) await change('archived', at)
  expect(read('archived')).toBe(39)
}, 20_000)
