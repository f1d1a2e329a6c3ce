import { pbkdf2Sync } from 'node:crypto'
import { expect, test } from 'vitest'

test('works hard', () => {
  for (const end = Date.now() + 2500; Date.now() < end;) pbkdf2Sync('a', 'b', 20_000, 32, 'sha256')
  expect(true).toBe(true)
})
