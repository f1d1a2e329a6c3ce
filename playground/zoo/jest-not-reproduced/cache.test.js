const { existsSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

// Cold once, and warm ever after.
const cache = join(__dirname, 'warm.cache')

test('finds the cache', () => {
  const isWarm = existsSync(cache)
  writeFileSync(cache, '')
  expect(isWarm).toBe(true)
})
