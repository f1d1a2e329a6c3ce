import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { project } from './support/project.ts'

test.runIf(process.platform === 'linux')(
  'what a dead worker has started is gone before its lane is replaced',
  async () => {
    const port = await freePort()
    const it = await project({
      // No other lane can be made while somebody listens on the only port.
      'lanes.ts': `
        import { defineLanes, port } from '@isolane/core'
        export const lanes = defineLanes({ port: port({ range: [${port}, ${port}] }) })
      `,
      'vitest.config.ts': `
        import { isolated } from '@isolane/vitest'
        import { lanes } from './lanes.ts'
        export default { plugins: [isolated(lanes, { spareWorkers: 0 })], test: { pool: 'isolated', maxWorkers: 1 } }
      `,
      'serve.mjs': `
        import { createServer } from 'node:http'
        createServer().listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listens'))
      `,
      'dies.test.ts': `
        import { spawn } from 'node:child_process'
        import { once } from 'node:events'
        import { existsSync, writeFileSync } from 'node:fs'
        import { test } from 'vitest'
        test('dies once, with a server running', async () => {
          if (existsSync('died')) return
          writeFileSync('died', '')
          const child = spawn(process.execPath, ['serve.mjs'], { stdio: ['ignore', 'pipe', 'inherit'] })
          await once(child.stdout, 'data')
          process.kill(process.pid, 'SIGKILL')
        })
      `,
    })
    const { exitCode, passed, output } = await it.run()
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 1 })
    expect(output).toContain('isolane: a worker crashed in "dies once, with a server running"')
  },
)

/** One that neither lanes by default nor outgoing connections take. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 20_000)
    const server = createServer()
    server.listen(port, '127.0.0.1')
    // `once` rejects when there is an error.
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
