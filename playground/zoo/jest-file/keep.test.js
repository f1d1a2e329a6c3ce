const { existsSync, mkdirSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

const dir = join(__dirname, 'cache.tmp')

test('keeps its file', async () => {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'kept'), '')
  await new Promise((settle) => setTimeout(settle, 1500))
  expect(existsSync(join(dir, 'kept'))).toBe(true)
})
