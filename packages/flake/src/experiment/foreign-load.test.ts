import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { measureForeignLoad } from './foreign-load.ts'

const works = `const used = () => { const { user, system } = process.cpuUsage(); return user + system }
  while (used() < 300_000) for (let at = 0; at < 1e5; at += 1);`

test.runIf(process.platform === 'linux')(
  'a program of somebody else counts, and one of ours that has ended does not',
  async () => {
    const startedMs = performance.now()
    const foreign = measureForeignLoad()
    // Until it has ended, and its time is known to be ours, it is somebody else's.
    const child = spawn(process.execPath, [
      '-e',
      `${works} console.log('worked'); process.stdin.resume()`,
    ])
    await once(child.stdout, 'data')
    const whileItRuns = foreign() ?? 0
    const runsMs = performance.now() - startedMs
    child.stdin.end()
    await once(child, 'exit')
    expect(whileItRuns).toBeGreaterThan(0)
    expect(whileItRuns).toBeLessThanOrEqual(1)
    const after = foreign() ?? Infinity
    const afterMs = performance.now() - startedMs
    // Others may have taken all that there was meanwhile; what the child took is no longer theirs.
    const most = whileItRuns * runsMs + (afterMs - runsMs) - 250 / availableParallelism()
    expect(after * afterMs).toBeLessThan(most)
  },
)
