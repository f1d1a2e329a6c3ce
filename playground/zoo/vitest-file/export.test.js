import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const path = new URL('./out.csv', import.meta.url)

test('exports', async () => {
  for (let round = 0; round < 10; round += 1) {
    writeFileSync(path, 'a,b\n')
    await new Promise((settle) => setTimeout(settle, 80))
  }
  expect(readFileSync(path, 'utf8')).toContain('')
})
