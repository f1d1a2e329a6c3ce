import { expect, test } from 'vitest'
import { guarded, saidIn } from './support/guarded.ts'
import { project } from './support/project.ts'

const leaves = `
  import { spawn } from 'node:child_process'
  import { createServer } from 'node:http'
  import { setTimeout as later } from 'node:timers'
  import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
  import { lanes } from './lanes.ts'
  import { atLoad } from './app.ts'

  type Padding = { first: string; second: string }
  const listen = (server) => new Promise((resolve) => server.listen(0, () => resolve(server)))
  process.on('SIGHUP', () => {})
  process.env.AT_LOAD = 'stays'

  test('a transaction', () => {
    const db = lanes.current().database.open()
    db.exec('begin')
    db.prepare("insert into users (name) values ('Ada')").run()
    afterThis(() => db.exec('rollback'))
  })
  test('timers', () => {
    const interval = setInterval(() => {}, 1_000)
    const timeout = later(() => {}, 60_000)
    setInterval(() => {}, 1_000).unref()
    clearTimeout(setTimeout(() => {}, 1_000))
    afterThis(() => { clearInterval(interval); clearTimeout(timeout) })
  })
  test('a server', async () => {
    const server = await listen(createServer())
    afterThis(() => server.close())
  })
  test('a process', () => {
    vi.useFakeTimers()
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    afterThis(() => { child.kill('SIGKILL'); vi.useRealTimers() })
  })
  test('a listener, a variable and the working directory', () => {
    const listener = () => {}
    const cwd = process.cwd()
    process.once('SIGUSR2', listener)
    process.env.LEFT = 'yes'
    vi.stubEnv('STUBBED', 'yes')
    process.chdir('..')
    afterThis(() => {
      process.off('SIGUSR2', listener)
      delete process.env.LEFT
      vi.unstubAllEnvs()
      process.chdir(cwd)
    })
  })
  test('nothing for the next turn', () => {
    later(() => {})
    setTimeout(() => { setTimeout(() => {}, 0) }, 1)
  })
  test('nothing after faked timers', () => {
    vi.useFakeTimers()
    setInterval(() => {}, 1_000)
    setTimeout(() => {}, 60_000)
    vi.useRealTimers()
    const spy = vi.spyOn(process, 'on')
    process.on('SIGUSR2', vi.fn())
    expect(spy).toHaveBeenCalledOnce()
    process.removeAllListeners('SIGUSR2')
    spy.mockRestore()
  })
  test('nothing at all', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20)'])
    const server = await listen(createServer())
    process.env.HERE = 'yes'
    delete process.env.HERE
    server.close()
    await new Promise((resolve) => child.once('exit', resolve))
    lanes.current().database.open().exec('begin; commit')
  })
`

const app = `
  setInterval(() => {}, 60_000)
  process.on('SIGHUP', () => {})
  export const atLoad = true
`

/** `afterThis` cleans up in the next test's beforeEach, so that each test is found by itself. */
const between = `
  let cleanUp = []
  function afterThis(work) { cleanUp.push(work) }
  beforeEach(() => { for (const work of cleanUp.splice(0)) work() })
  afterAll(() => { for (const work of cleanUp.splice(0)) work() })
`

test('names what each test leaves behind, and nothing that is over or belongs to a module', async () => {
  const it = await project({
    ...guarded("'warn'"),
    'app.ts': app,
    'left.test.ts': `${leaves}${between}`,
  })
  const { exitCode, passed, output } = await it.run()
  expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 8 })
  expect(saidIn(output)).toMatchInlineSnapshot(`
    [
      "isolane: left.test.ts > a listener, a variable and the working directory left something behind:
      left.test.ts:39 left a listener for "SIGUSR2" of process
      left.test.ts:40 left process.env.LEFT set
      left.test.ts:41 left process.env.STUBBED set
      left.test.ts:42 left the working directory changed to <parent>
    Hint: remove the listener in the test or in afterEach.",
      "isolane: left.test.ts > a process left something behind:
      left.test.ts:33 left a child process running: node -e setInterval(() => {}, 1000) (pid <pid>)
    Hint: end the process in the test or in afterEach, and wait for its exit.",
      "isolane: left.test.ts > a server left something behind:
      left.test.ts:10 left a server listening on port <port>
    Hint: close the server in the test or in afterEach.",
      "isolane: left.test.ts > a transaction left something behind:
      left.test.ts:16 left a transaction open on the lane's database <lane>/database.db
    Hint: commit or roll back before the test ends.",
      "isolane: left.test.ts > timers left something behind:
      left.test.ts:21 left an interval running (1000 ms)
      left.test.ts:22 left a timeout pending (60000 ms)
    Hint: clear the timer in the test or in afterEach.",
    ]
  `)
  expect(await it.leftovers()).toEqual([])
})

test('puts everything down to the test, suite or file whose doing it is', async () => {
  const it = await project({
    ...guarded("'warn'", 'retry: 1, unstubEnvs: true'),
    'hooks.test.ts': `
      import { writeFileSync } from 'node:fs'
      import { createServer } from 'node:http'
      import { afterAll, afterEach, aroundEach, beforeAll, beforeEach, describe, expect, test as base, vi } from 'vitest'

      const listen = (server) => new Promise((resolve) => server.listen(0, () => resolve(server)))
      const test = base
        .extend('ofFile', { scope: 'file' }, async ({}, { onCleanup }) => {
          const server = await listen(createServer())
          onCleanup(() => server.close())
          return server
        })
        .extend({
          ofTest: async ({}, use) => {
            const server = await listen(createServer())
            await use(server)
            server.close()
          },
        })

      describe('suite', () => {
        let app
        beforeAll(async () => {
          app = await listen(createServer((request, response) => {
            writeFileSync('upload.txt', '')
            response.end()
          }))
          writeFileSync('before-all.txt', '')
        })
        beforeEach(() => { writeFileSync('before-each.txt', '') })
        afterAll(() => { app.closeAllConnections(); app.close() })

        test('asks the app', async ({ ofFile, ofTest }) => {
          await fetch('http://127.0.0.1:' + app.address().port)
        })
        let attempt = 0
        test('is tried twice', () => {
          writeFileSync('attempt.txt', '')
          if (++attempt === 1) writeFileSync('first.txt', '')
          else process.env.SECOND = 'yes'
          expect(attempt).toBe(2)
        })
      })
      describe('forgetful suite', () => {
        let server
        beforeAll(async () => { server = await listen(createServer()) })
        test('is innocent', () => {})
        afterAll(() => { delete process.env.SECOND })
      })
      describe('around', () => {
        aroundEach(async (run) => {
          const server = await listen(createServer())
          await run()
          server.close()
        })
        test('is innocent', () => {})
      })
      describe('at the same time', () => {
        for (const name of ['one', 'two']) {
          test.concurrent(name, async () => {
            await new Promise((resolve) => setTimeout(resolve, name === 'one' ? 5 : 10))
            writeFileSync(name + '.txt', '')
            process.env['CONCURRENT_' + name] = 'yes'
          })
        }
      })
      describe('environment', () => {
        const { env } = process
        beforeEach(() => { process.env = { ...env } })
        afterAll(() => { process.env = env })
        test('is replaced', () => { process.env.REPLACED = 'yes' })
        test('is stubbed', () => { process.env = env; vi.stubEnv('STUBBED', 'yes') })
      })
      describe('late', () => {
        let written
        test('does not wait', () => {
          written = new Promise((resolve) => setImmediate(() => { writeFileSync('late.txt', ''); resolve() }))
        })
        test('is innocent', async () => { await written })
      })
    `,
  })
  const { exitCode, passed, output } = await it.run()
  expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 10 })
  expect(saidIn(output)).toMatchInlineSnapshot(`
    [
      "isolane: hooks.test.ts > at the same time > one reached outside its lane and left something behind:
      hooks.test.ts:62 wrote one.txt, outside its lane
      hooks.test.ts:63 left process.env.CONCURRENT_one set
    Hint: write below os.tmpdir() with tempDir() in the lanes, or allow the path (guard.allow).",
      "isolane: hooks.test.ts > at the same time > two reached outside its lane and left something behind:
      hooks.test.ts:62 wrote two.txt, outside its lane
      hooks.test.ts:63 left process.env.CONCURRENT_two set
    Hint: write below os.tmpdir() with tempDir() in the lanes, or allow the path (guard.allow).",
      "isolane: hooks.test.ts > forgetful suite left something behind:
      hooks.test.ts:6 left a server listening on port <port>
    Hint: close the server in the test or in afterEach.",
      "isolane: hooks.test.ts > late reached outside its lane:
      hooks.test.ts:77 wrote late.txt, outside its lane, by hooks.test.ts > late > does not wait after it had ended
    Hint: write below os.tmpdir() with tempDir() in the lanes, or allow the path (guard.allow).",
      "isolane: hooks.test.ts > suite > asks the app reached outside its lane:
      hooks.test.ts:30 wrote before-each.txt, outside its lane
      hooks.test.ts:25 wrote upload.txt, outside its lane
    Hint: write below os.tmpdir() with tempDir() in the lanes, or allow the path (guard.allow).",
      "isolane: hooks.test.ts > suite > is tried twice left something behind:
      hooks.test.ts:40 left process.env.SECOND set
    Hint: restore process.env in afterEach.",
      "isolane: hooks.test.ts > suite > is tried twice reached outside its lane:
      hooks.test.ts:30 wrote before-each.txt, outside its lane
      hooks.test.ts:38 wrote attempt.txt, outside its lane
      hooks.test.ts:39 wrote first.txt, outside its lane
    Hint: write below os.tmpdir() with tempDir() in the lanes, or allow the path (guard.allow).",
      "isolane: hooks.test.ts > suite reached outside its lane:
      hooks.test.ts:28 wrote before-all.txt, outside its lane
    Hint: write below os.tmpdir() with tempDir() in the lanes, or allow the path (guard.allow).",
    ]
  `)
})
