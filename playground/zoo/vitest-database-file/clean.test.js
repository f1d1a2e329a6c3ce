import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'

const path = new URL('./rows.txt', import.meta.url)

test('starts clean', async () => {
  for (let round = 0; round < 10; round += 1) {
    rmSync(path, { force: true })
    await new Promise((settle) => setTimeout(settle, 60))
  }
  expect(path.pathname).toContain('rows')
})
