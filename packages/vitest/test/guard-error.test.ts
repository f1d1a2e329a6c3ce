import { expect, test } from 'vitest'
import { errorsIn, guarded, saidIn } from './support/guarded.ts'
import { project, versions } from './support/project.ts'
import { haveSandboxes } from './support/sandboxes.ts'

test.for(versions)(
  "Vitest %s: guard: 'error' fails the test whose doing it is, and no other",
  async (version) => {
    const it = await project(
      {
        ...guarded("'error'"),
        'error.test.ts': `
      import { writeFileSync } from 'node:fs'
      import { createServer } from 'node:http'
      import { aroundEach, beforeAll, describe, expect, test } from 'vitest'

      const listen = (server) => new Promise((resolve) => server.listen(0, () => resolve(server)))

      test('writes', () => { writeFileSync('out.txt', '') })
      test('is good', () => {})
      let attempt = 0
      test('is good at last', { retry: 1 }, () => { if (++attempt === 1) process.env.FIRST = 'yes' })
      test.fails('fails as it shall', () => { expect(1).toBe(2) })
      test.fails('does not fail for us', () => { writeFileSync('fails.txt', '') })
      test('\\u001b[31mevil\\u0007', () => { writeFileSync('evil\\u001b[2J.txt', '') })
      describe('around', () => {
        let left
        aroundEach(async (run) => { left?.close(); left = await listen(createServer()); await run() })
        test('leaves it open', () => {})
      })
      describe('hooks', () => {
        beforeAll(() => { writeFileSync('hook.txt', '') })
        test('is good', () => {})
      })
    `,
      },
      {},
      [],
      version,
    )
    const { exitCode, passed, failures, output } = await it.run()
    expect(failures).toEqual([
      'writes',
      'does not fail for us',
      '\u001b[31mevil\u0007',
      'around leaves it open',
    ])
    expect(errorsIn(output)).toMatchInlineSnapshot(`
    [
      "FAIL  error.test.ts > around > leaves it open
    IsolaneError: error.test.ts > around > leaves it open left something behind:
      error.test.ts:6 left a server listening on port <port>
    Hint: close the server in the test or in afterEach.
     ❯ error.test.ts:6:66",
      "FAIL  error.test.ts > does not fail for us
    Error: Expect test to fail",
      "FAIL  error.test.ts > does not fail for us
    IsolaneError: error.test.ts > does not fail for us reached outside its lane:
      error.test.ts:13 wrote fails.txt, outside its lane
    Hint: write below os.tmpdir() with tempDir() in the lanes, or allow the path (guard.allow).
     ❯ error.test.ts:13:50",
      "FAIL  error.test.ts > evil
    IsolaneError: error.test.ts > \\u{1b}[31mevil\\u{7} reached outside its lane:
      error.test.ts:14 wrote evil\\u{1b}[2J.txt, outside its lane
    Hint: write below os.tmpdir() with tempDir() in the lanes, or allow the path (guard.allow).
     ❯ error.test.ts:14:44",
      "FAIL  error.test.ts > hooks
    IsolaneError: error.test.ts > hooks reached outside its lane:
      error.test.ts:21 wrote hook.txt, outside its lane
    Hint: write below os.tmpdir() with tempDir() in the lanes, or allow the path (guard.allow).
     ❯ error.test.ts:21:27",
      "FAIL  error.test.ts > writes
    IsolaneError: error.test.ts > writes reached outside its lane:
      error.test.ts:8 wrote out.txt, outside its lane
    Hint: write below os.tmpdir() with tempDir() in the lanes, or allow the path (guard.allow).
     ❯ error.test.ts:8:30",
    ]
  `)
    expect({ exitCode, passed }).toEqual({ exitCode: 1, passed: 4 })
    expect(saidIn(output)).toEqual([])
    expect(await it.leftovers()).toEqual([])
  },
)

test('with isolate: false a file must not leave anything either; with the guard off nothing is said', async () => {
  const files = {
    'app.ts': 'setInterval(() => {}, 60_000)\nexport const app = 1\n',
    'first.test.ts': `
      import { beforeAll, expect, test } from 'vitest'
      import { app } from './app.ts'
      beforeAll(() => { process.env.LEFT = 'yes' })
      test('is good', () => { expect(app).toBe(1) })
    `,
    'second.test.ts': `
      import { beforeAll, expect, test } from 'vitest'
      import { app } from './app.ts'
      test('is good', () => { expect(app).toBe(1) })
    `,
  }
  const it = await project({ ...files, ...guarded("'warn'", 'isolate: false, maxWorkers: 1') })
  const shared = await it.run()
  expect(saidIn(shared.output)).toEqual([
    'isolane: first.test.ts left something behind:\n  first.test.ts:4 left process.env.LEFT set\nHint: restore process.env in afterEach.',
  ])
  await it.write(guarded("'warn'"))
  expect(saidIn((await it.run()).output)).toEqual([])
  await it.write({
    ...guarded("'off'"),
    'third.test.ts': `
      import { writeFileSync } from 'node:fs'
      import { expect, test } from 'vitest'
      test('is not watched', () => {
        writeFileSync('out.txt', '')
        expect(writeFileSync.toString()).toMatch(/^function writeFileSync\\(path, data, options\\)/)
        expect(Object.hasOwn(process, 'on')).toBe(false)
      })
    `,
  })
  const off = await it.run()
  expect({ exitCode: off.exitCode, passed: off.passed }, off.output).toEqual({
    exitCode: 0,
    passed: 3,
  })
  expect(saidIn(off.output)).toEqual([])
})

test.runIf(haveSandboxes)(
  'a sandbox makes touches harmless; what is left behind is named there too',
  async () => {
    const it = await project(
      {
        ...guarded("'warn'"),
        'sandboxed.test.ts': `
        import { writeFileSync } from 'node:fs'
        import { createServer } from 'node:http'
        import { test } from 'vitest'
        test('touches and leaves', async () => {
          writeFileSync('out.txt', '')
          await new Promise((resolve) => createServer().listen(3000, resolve))
        })
      `,
      },
      { ISOLANE_SANDBOX: '1', ISOLANE_RECORD: 'record.jsonl' },
    )
    const { exitCode, passed, output } = await it.run()
    expect(saidIn(output)).toEqual([
      'isolane: sandboxed.test.ts > touches and leaves left something behind:\n  sandboxed.test.ts:7 left a server listening on port <port>\nHint: close the server in the test or in afterEach.',
    ])
    expect({ exitCode, passed }).toEqual({ exitCode: 0, passed: 1 })
  },
)
