import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { guarded, saidIn } from './support/guarded.ts'
import { project } from './support/project.ts'

test('names sockets outside the lane as it names files, and keeps them for the record', async () => {
  const it = await project(
    {
      ...guarded("{ level: 'warn', allow: ['allowed/*.sock'] }"),
      'allowed/.keep': '',
      'sockets.test.ts': `
        import { once } from 'node:events'
        import { mkdtempSync, rmSync } from 'node:fs'
        import { createServer as createHttp, request } from 'node:http'
        import { connect, createServer } from 'node:net'
        import { tmpdir } from 'node:os'
        import { join } from 'node:path'
        import { expect, test } from 'vitest'

        const listen = async (server, where) => {
          server.listen(where)
          await once(server, 'listening')
          return server
        }
        const close = async (server) => { server.close(); await once(server, 'close') }
        const meet = async (where) => {
          const server = await listen(createServer((socket) => socket.end()), where)
          await once(connect(where).resume(), 'close')
          await close(server)
        }

        test('listens', async () => { await meet('app.sock') })
        test('listens with HTTP', async () => { await close(await listen(createHttp(), { path: 'app.sock' })) })
        test('asks a service', async () => {
          const [response] = await once(request({ socketPath: 'service.sock', path: '/' }).end(), 'response')
          expect(response.statusCode).toBe(200)
          await once(response.resume(), 'close')
        })
        test('connects to a service', async () => {
          const socket = connect({ path: process.cwd() + '/service.sock' })
          await once(socket, 'connect')
          socket.destroy()
        })
        test('asks nobody', async () => { await once(connect('nobody.sock'), 'error') })
        test('stays in its lane', async () => {
          await meet(join(tmpdir(), 'own.sock'))
          await meet('allowed/app.sock')
          const directory = mkdtempSync('/tmp/guard-')
          await meet(join(directory, 'app.sock'))
          rmSync(directory, { recursive: true })
          await close(await listen(createServer(), { port: 0, path: 'ignored.sock' }))
        })
      `,
    },
    { ISOLANE_RECORD: 'record.jsonl' },
  )
  const service = createServer((_, response) => void response.end())
  onTestFinished(() => void service.close())
  await new Promise<void>((resolve) => service.listen(join(it.dir, 'service.sock'), resolve))

  const { exitCode, passed, output } = await it.run('--reporter=@isolane/flake/vitest-reporter')
  const said = (title: string, line: number, what: string): string =>
    [
      `isolane: sockets.test.ts > ${title} reached outside its lane:`,
      `  sockets.test.ts:${line} ${what}, outside its lane`,
      'Hint: keep the socket below os.tmpdir() with tempDir() in the lanes, or allow the path (guard.allow).',
    ].join('\n')
  expect(saidIn(output)).toEqual([
    said('asks a service', 25, 'connected to service.sock'),
    said('connects to a service', 30, 'connected to service.sock'),
    said('listens', 11, 'listened on app.sock'),
    said('listens with HTTP', 11, 'listened on app.sock'),
  ])
  expect({ exitCode, passed }).toEqual({ exitCode: 0, passed: 6 })

  const touches = (await readFile(join(it.dir, 'record.jsonl'), 'utf8'))
    .split('\n')
    .filter((line) => line.includes('"kind":"touch"'))
    .map((line) => JSON.parse(line) as Record<string, string>)
  expect(
    touches.map(({ what, name, access, key }) => `${key}: ${access} ${what} ${name}`).sort(),
  ).toEqual([
    'sockets.test.ts > asks a service: read file service.sock',
    'sockets.test.ts > asks nobody: read file nobody.sock',
    'sockets.test.ts > connects to a service: read file service.sock',
    'sockets.test.ts > listens with HTTP: write file app.sock',
    'sockets.test.ts > listens: write file app.sock',
    'sockets.test.ts > stays in its lane: write file allowed/app.sock',
  ])
  expect(await it.leftovers()).toEqual([])
})

test('never names what asks the host of the run', async () => {
  // Too long for the path of a socket: the host has one elsewhere.
  const parent = await mkdtemp(join(tmpdir(), 'isolane-vitest-'))
  onTestFinished(async () => await rm(parent, { recursive: true, force: true, maxRetries: 10 }))
  const cache = join(parent, 'c'.repeat(90))
  const it = await project(
    {
      ...guarded("'error'"),
      'lock.test.ts': `
        import { test } from 'vitest'
        import { lanes } from './lanes.ts'
        test('takes a lock', () => lanes.current().lock('billing', () => {}))
      `,
    },
    { ISOLANE_CACHE_DIR: cache, ISOLANE_RECORD: 'record.jsonl' },
  )
  const { exitCode, passed, output } = await it.run('--reporter=@isolane/flake/vitest-reporter')
  expect({ exitCode, passed, said: saidIn(output) }, output).toEqual({
    exitCode: 0,
    passed: 1,
    said: [],
  })
  expect(await readFile(join(it.dir, 'record.jsonl'), 'utf8')).not.toContain('"kind":"touch"')
})
