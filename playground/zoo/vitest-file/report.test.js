import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const path = new URL('./out.csv', import.meta.url)

test('writes a whole report', async () => {
  writeFileSync(path, '')
  for (let row = 0; row < 30; row += 1) {
    appendFileSync(path, `${row}\n`)
    await new Promise((settle) => setTimeout(settle, 30))
  }
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(31)
})
