import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { runsDirectory } from '../../registry/run-directory.ts'
import { runFilePath } from '../../shared/protocol.ts'
import type { Call, RunFile } from '../../shared/protocol.ts'

const patienceMs = 500

/**
 * Tells another run's host that a lock it waits for may be free. It does without: it looks for itself
 * from time to time, so nothing is lost when it cannot be told.
 */
export async function wakeRun(cache: string, run: string): Promise<void> {
  try {
    // Not through the thread pool: somebody waits for it.
    const text = readFileSync(runFilePath(runsDirectory(cache, run)), 'utf8')
    const { endpoint } = JSON.parse(text) as RunFile
    await new Promise<void>((resolve) => {
      const socket = connect(endpoint, () => {
        socket.end(`${JSON.stringify({ id: 0, request: { type: 'wake' } } satisfies Call)}\n`)
      })
      socket.resume()
      socket.setTimeout(patienceMs, () => socket.destroy())
      socket.on('error', () => undefined)
      socket.on('close', () => resolve())
    })
  } catch {
    // It has no host any more, or not yet.
  }
}
