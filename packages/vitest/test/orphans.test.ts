import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { project } from './support/project.ts'

test.runIf(process.platform === 'linux').for([
  {
    does: 'dies',
    with: 'process.kill(process.pid, "SIGKILL")',
    says: 'isolane: a worker crashed in "does it once, with a server running"',
  },
  {
    does: 'has left its lane so that it cannot be reset',
    with: 'lanes.current().database.open().exec("begin immediate; create table x (id)")',
    says: 'isolane: "does it once, with a server running" (ends.test.ts) left its lane so that it could not be reset',
  },
])('what a worker has started that $does is gone before another lane is made', async (worker) => {
  const port = await freePort()
  const it = await project({
    // No other lane can be made while somebody listens on the only port.
    'lanes.ts': `
        import { defineLanes, port, sqlite } from '@isolane/core'
        export const lanes = defineLanes({
          database: sqlite({ schema: 'schema.sql' }),
          port: port({ range: [${port}, ${port}] }),
        })
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
    'ends.test.ts': `
        import { spawn } from 'node:child_process'
        import { once } from 'node:events'
        import { existsSync, writeFileSync } from 'node:fs'
        import { laneTest } from '@isolane/vitest'
        import { lanes } from './lanes.ts'
        const test = laneTest(lanes, { reset: 'test' })
        test('does it once, with a server running', async () => {
          if (existsSync('done')) return
          writeFileSync('done', '')
          const child = spawn(process.execPath, ['serve.mjs'], { stdio: ['ignore', 'pipe', 'inherit'] })
          await once(child.stdout, 'data')
          ${worker.with}
        })
        test('after', () => {})
      `,
  })
  const { exitCode, passed, output } = await it.run()
  expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 2 })
  expect(output).toContain(worker.says)
})

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
