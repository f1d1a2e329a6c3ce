import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A cache directory of the test's own, removed when the test is over. */
export function tempCache(): string {
  const dir = mkdtempSync(join(realpathSync(tmpdir()), 'isolane-test-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }))
  return dir
}
