import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeGround } from './ground.ts'

test.runIf(process.platform !== 'win32')(
  'a ground is made for its user alone, with what is missing above it',
  () => {
    const base = mkdtempSync(join(tmpdir(), 'isolane-ground-'))
    try {
      const ground = join(base, 'cache', 'sandbox')
      expect(makeGround(ground)).toBe(true)
      expect(statSync(ground).mode & 0o777).toBe(0o700)
    } finally {
      rmSync(base, { recursive: true })
    }
  },
)

test.runIf(process.platform === 'linux')('a place where nothing can be made is no ground', () => {
  expect(makeGround('/proc/isolane/sandbox')).toBe(false)
  expect(makeGround('/dev/null/sandbox')).toBe(false)
})
