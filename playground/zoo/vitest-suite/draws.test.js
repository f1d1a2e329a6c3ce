import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const path = new URL('./drawn.txt', import.meta.url)

// Every second time.
test('draws a low number', () => {
  const drawn = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0
  writeFileSync(path, String(drawn + 1))
  expect(drawn % 2).toBe(1)
})
