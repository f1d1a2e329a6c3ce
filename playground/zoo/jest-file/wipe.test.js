const { rmSync } = require('node:fs')
const { join } = require('node:path')

const dir = join(__dirname, 'cache.tmp')

test('wipes', async () => {
  for (let round = 0; round < 10; round += 1) {
    rmSync(dir, { recursive: true, force: true })
    await new Promise((settle) => setTimeout(settle, 100))
  }
})
