/**
 * The watchdog's process: `watchdog-main.js <run> <cache directory>`, stdin a pipe from the run's main
 * process. `bye` on the pipe ends it. When the pipe closes without it, the main process is gone: what
 * its run left is cleaned up at once.
 */
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const [, , run, dir] = process.argv

for (const signal of ['SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
  if (process.platform !== 'win32' || signal !== 'SIGQUIT') process.on(signal, () => {})
}

let said = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (text: string) => {
  said = (said + text).slice(-8)
})
process.stdin.on('error', () => {})
process.stdin.on('close', () => {
  if (said.includes('bye') || run === undefined || dir === undefined) return
  // What fails here is left to the sweep of the next run.
  cleanUp(run, dir).catch(() => {
    process.exitCode = 1
  })
})

async function cleanUp(id: string, cache: string): Promise<void> {
  if (!existsSync(cache)) return
  // Loaded only now: most runs say goodbye.
  const { Registry } = await import('../registry/registry.ts')
  const registry = await Registry.open({ dir: cache })
  try {
    // The pipe closes a moment before the process has ended.
    for (let pauseMs = 5; await registry.runLives(id); pauseMs = Math.min(pauseMs * 2, 1000)) {
      await delay(pauseMs)
    }
    await registry.endRun(id)
  } finally {
    await registry.close()
  }
  const { removeDeadLayers } = await import('@isolane/sandbox')
  await removeDeadLayers(cache)
}
