import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

// Cold once, and warm ever after.
const cache = fileURLToPath(new URL('./warm.cache', import.meta.url))

test('finds the cache', () => {
  const isWarm = existsSync(cache)
  writeFileSync(cache, '')
  expect(isWarm).toBe(true)
})
