import { appendFileSync, readFileSync, rmSync } from 'node:fs'
import { expect, test } from 'vitest'

const path = new URL('./rows.txt', import.meta.url)

test('counts what it wrote', async () => {
  rmSync(path, { force: true })
  for (let row = 0; row < 20; row += 1) {
    appendFileSync(path, `row ${row}\n`)
    await new Promise((settle) => setTimeout(settle, 25))
  }
  expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(20)
})
