import { mkdtempSync, rmSync } from 'node:fs'
import { onTestFinished } from 'vitest'

/** A directory for layers, of the test's own, where no sandbox covers it. */
export function groundDirectory(): string {
  const directory = mkdtempSync('/var/tmp/isolane-test-')
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 10 }))
  return directory
}

/** Removes, when the test is over, the directories that all layers of another user may lie in. */
export function forgetUser(uid: number): void {
  onTestFinished(() => {
    for (const place of ['/var/tmp', '/dev/shm']) {
      rmSync(`${place}/isolane-${uid}`, { recursive: true, force: true, maxRetries: 10 })
    }
  })
}
