import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'

const path = new URL('./note.tmp', import.meta.url)

test('sweeps now and then', async () => {
  const [, nanoseconds] = process.hrtime()
  await new Promise((settle) => setTimeout(settle, (Math.floor(nanoseconds / 1000) % 6) * 100))
  rmSync(path, { force: true })
  await new Promise((settle) => setTimeout(settle, 300))
  expect(path.pathname).toContain('note')
})
