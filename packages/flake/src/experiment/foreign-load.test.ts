import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { measureForeignLoad } from './foreign-load.ts'

const works = `const used = () => { const { user, system } = process.cpuUsage(); return user + system }
  while (used() < 300_000) for (let at = 0; at < 1e5; at += 1);`

test.runIf(process.platform === 'linux')(
  'a program of somebody else counts, and one of ours that has ended does not',
  async () => {
    const foreign = measureForeignLoad()
    // Until it has ended, and its time is known to be ours, it is somebody else's.
    const child = spawn(process.execPath, [
      '-e',
      `${works} console.log('worked'); process.stdin.resume()`,
    ])
    await once(child.stdout, 'data')
    const whileItRuns = foreign() ?? 0
    child.stdin.end()
    await once(child, 'exit')
    expect(whileItRuns).toBeGreaterThan(0)
    expect(whileItRuns).toBeLessThanOrEqual(1)
    expect(foreign()).toBeLessThan(whileItRuns)
  },
)
