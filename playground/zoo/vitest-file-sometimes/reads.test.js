import { existsSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const path = new URL('./note.tmp', import.meta.url)

test('reads its note', async () => {
  await new Promise((settle) => setTimeout(settle, 150))
  writeFileSync(path, 'mine')
  await new Promise((settle) => setTimeout(settle, 500))
  expect(existsSync(path)).toBe(true)
})
