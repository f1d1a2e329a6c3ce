import { existsSync, rmSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { project } from './support/project.ts'
import { haveSandboxes, sandboxed } from './support/sandboxes.ts'

const names = ['a', 'b', 'c', 'd']
const socket = `/tmp/isolane-serial-${process.pid}.sock`

/** One fixed port, one database and one socket for every file; all of them are in use at the same time. */
const serial = (name: string): string => `
  import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
  import { createServer } from 'node:http'
  import { DatabaseSync } from 'node:sqlite'
  import { expect, test } from 'vitest'
  const listen = (where) => new Promise((resolve, reject) => {
    const server = createServer((_, response) => response.end('${name}'))
    server.once('error', reject).listen(where, () => resolve(server))
  })
  test('${name}', async () => {
    rmSync('${socket}', { force: true })
    const outcome = await Promise.allSettled([listen(3999), listen('${socket}')])
    writeFileSync('board/${name}', '')
    while (readdirSync('board').length < ${names.length}) await new Promise((done) => setTimeout(done, 5))
    expect(outcome.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
    expect(await (await fetch('http://127.0.0.1:3999')).text()).toBe('${name}')
    const db = new DatabaseSync('./test.db')
    db.exec('create table notes (name text)')
    db.prepare('insert into notes values (?)').run('${name}')
    expect(db.prepare('select name from notes').all().map((row) => row.name)).toEqual(['${name}'])
  })
`
const files = Object.fromEntries(names.map((name) => [`${name}.test.ts`, serial(name)]))

describe.runIf(haveSandboxes)('sandbox: true', () => {
  test('files that share a port, a database and a socket are green side by side, and red without', async () => {
    onTestFinished(() => rmSync(socket, { force: true }))
    const it = await project({
      ...files,
      ...sandboxed("{ files: { writable: ['board'] } }"),
      'board/.keep': '',
    })
    const { exitCode, passed, output } = await it.run('--maxWorkers=4')
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 4 })
    expect(output).toContain(
      'isolane: every worker runs in a sandbox with network, files and processes of its own.',
    )
    expect(output).toContain(
      `isolane: the sandbox kept apart port 3999 (4 workers), socket ${socket} (4 workers) and test.db (4 workers).`,
    )
    expect(existsSync(join(it.dir, 'test.db'))).toBe(false)
    expect(existsSync(socket)).toBe(false)
    const report = JSON.parse(await readFile(join(it.dir, '.isolane/sandbox.json'), 'utf8')) as {
      format: string
      files: { file: string; written: unknown[]; ports: number[] }[]
    }
    expect(report.format).toBe('isolane.sandbox/1')
    expect(report.files.map(({ file }) => file).sort()).toEqual(
      names.map((one) => `${one}.test.ts`),
    )
    for (const one of report.files) {
      expect(one).toMatchObject({
        ports: [3999],
        written: [
          { path: socket, change: 'added', kind: 'socket', kept: false },
          { path: 'test.db', change: 'added', kind: 'file', kept: false },
        ],
      })
    }
    expect(await it.leftovers()).toEqual([])

    const outside = await project({ ...files, 'board/.keep': '' }, { ISOLANE_SANDBOX: '0' })
    const without = await outside.run('--maxWorkers=4')
    expect(without.exitCode).toBe(1)
    expect(without.failed, without.output).toBeGreaterThanOrEqual(3)
  })

  test('the lane is there inside: database, port, temp dir, app server, live reset, evidence', async () => {
    const it = await project({
      ...sandboxed(),
      'server.js': `
        import { createServer } from 'node:http'
        createServer((_, response) => response.end(process.env.ISOLANE_LANE)).listen(Number(process.env.PORT), '127.0.0.1')
      `,
      'lanes.ts': `
        import { defineLanes, port, server, sqlite, tempDir } from '@isolane/core'
        export const lanes = defineLanes({
          database: sqlite({ schema: 'schema.sql' }), appPort: port(), app: server({ command: 'node server.js' }),
          port: port({ env: 'OWN_PORT' }), tempDir: tempDir() })
      `,
      ...Object.fromEntries(
        ['a', 'b', 'c'].map((name) => [
          `${name}.test.ts`,
          `
          import { readdirSync, writeFileSync } from 'node:fs'
          import { createServer } from 'node:http'
          import { tmpdir } from 'node:os'
          import { laneTest } from '@isolane/vitest'
          import { lanes } from './lanes.ts'
          const test = laneTest(lanes, { reset: 'test' })
          for (const turn of [1, 2]) {
            test('${name} ' + turn, async ({ app, database, expect, lane, port, tempDir }) => {
              expect(await (await fetch(app.url)).text()).toBe(lane.id)
              const db = database.open()
              expect(db.prepare('select count(*) from users').pluck().get()).toBe(0)
              db.prepare("insert into users (name) values ('x')").run()
              expect(tmpdir()).toBe(tempDir.path)
              expect(readdirSync(tempDir.path)).toEqual([])
              writeFileSync(tempDir.path + '/x', '')
              const server = createServer((_, response) => response.end('own'))
              await new Promise((resolve) => server.listen(port.number, '127.0.0.1', resolve))
              expect(await (await fetch(port.url)).text()).toBe('own')
              await new Promise((resolve) => server.close(resolve))
              if ('${name}' === 'c' && turn === 2) expect(1).toBe(2)
            })
          }
        `,
        ]),
      ),
    })
    const { exitCode, passed, failures, output } = await it.run('--maxWorkers=1')
    expect({ exitCode, passed, failures }, output).toEqual({
      exitCode: 1,
      passed: 5,
      failures: ['c 2'],
    })
    expect(output).toMatch(/c 2 {2}\(lane \S+, when it failed\)\n {4}database: users \+1/)
    // Ports and directories of a lane that several workers had in turn are no reason.
    expect(output).toContain('the sandbox kept nothing apart')
    expect(await it.leftovers()).toEqual([])
  })

  test('files start from the project again with the next test file; keep and writable go out', async () => {
    const body = (name: string): string => `
      import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
      import { expect, test } from 'vitest'
      test('${name}', () => {
        expect(readFileSync('data.json', 'utf8')).toBe('[]')
        writeFileSync('data.json', '["${name}"]')
        mkdirSync('out', { recursive: true })
        writeFileSync('out/${name}.txt', '${name}')
        appendFileSync('shared/log', '${name}\\n')
      })
    `
    const it = await project({
      ...sandboxed("{ files: { keep: ['out/**'], writable: ['shared'] } }"),
      'data.json': '[]',
      'a.test.ts': body('a'),
      'b.test.ts': body('b'),
    })
    const { exitCode, output } = await it.run('--maxWorkers=1')
    expect(exitCode, output).toBe(0)
    expect(await readFile(join(it.dir, 'data.json'), 'utf8')).toBe('[]')
    expect(await readFile(join(it.dir, 'out/a.txt'), 'utf8')).toBe('a')
    expect(await readFile(join(it.dir, 'out/b.txt'), 'utf8')).toBe('b')
    expect((await readFile(join(it.dir, 'shared/log'), 'utf8')).split('\n').sort()).toEqual([
      '',
      'a',
      'b',
    ])
    expect(output).toContain('isolane: the sandbox kept apart data.json (2 workers).')
  })

  test('modules and attachments that a test writes are found, though the main process is outside', async () => {
    const it = await project({
      ...sandboxed(),
      'base.ts': 'export const base = 40',
      'writes.test.ts': `
        import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
        import { join } from 'node:path'
        import { expect, test } from 'vitest'
        test('imports what it has written', async () => {
          mkdirSync('out')
          writeFileSync('out/helper.ts', 'export const two: number = 2')
          writeFileSync('out/made.ts', "import { base } from '../base.ts'\\nimport { two } from './helper.ts'\\nexport const value: number = base + two")
          expect((await import(join(process.cwd(), 'out/made.ts'))).value).toBe(42)
          const directory = mkdtempSync('/tmp/isolane-made-')
          writeFileSync(directory + '/config.mjs', 'export default 7')
          expect((await import(directory + '/config.mjs')).default).toBe(7)
          await expect(import(directory + '/missing.mjs')).rejects.toThrow('missing.mjs')
        })
        test('annotates', async ({ annotate }) => {
          writeFileSync('out/shot.txt', 'seen inside')
          await annotate('shot', { path: 'out/shot.txt' })
        })
      `,
    })
    const { exitCode, passed, output } = await it.run()
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 2 })
    const attachments = join(it.dir, '.vitest/attachments')
    const [shot] = await readdir(attachments)
    expect(await readFile(join(attachments, shot ?? ''), 'utf8')).toBe('seen inside')
    expect(existsSync(join(it.dir, 'out'))).toBe(false)
  })

  test('a failed run names what stayed inside; the record has what each test file used', async () => {
    const it = await project(
      {
        ...sandboxed(),
        'a.test.ts': `
          import { mkdirSync, writeFileSync } from 'node:fs'
          import { createServer } from 'node:http'
          import { test } from 'vitest'
          test('asks', async () => {
            await new Promise((resolve) => createServer().listen(3998, resolve))
            mkdirSync('exchange')
            writeFileSync('exchange/question.json', '{}')
            await new Promise(() => {})
          }, 300)
        `,
        'b.test.ts': `
          import { writeFileSync } from 'node:fs'
          import { test } from 'vitest'
          test('writes', () => writeFileSync('b.txt', ''))
        `,
      },
      { ISOLANE_RECORD: 'record.jsonl' },
    )
    const { exitCode, failures, output } = await it.run(
      '--reporter=@isolane/flake/vitest-reporter',
      '--maxWorkers=1',
    )
    expect({ exitCode, failures }, output).toEqual({ exitCode: 1, failures: ['asks'] })
    expect(output).toMatch(
      /Test timed out in 300ms\.\n.*\nisolane sandbox: exchange\/question\.json is seen by this worker alone; if somebody outside waits for it, --writable exchange\/ \(sandbox\.files\.writable\) shares it\n/,
    )
    expect(output).toContain('isolane: stayed inside: b.txt and exchange/question.json. Hint: ')
    const lines = (await readFile(join(it.dir, 'record.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    const touches = lines.filter(({ kind }) => kind === 'touch')
    const words = ({
      file,
      what,
      name,
      access,
      apart,
    }: Readonly<Record<string, unknown>>): string =>
      `${String(file)}: ${String(access)} ${String(what)} ${String(name)}, apart: ${String(apart)}`
    expect(touches.map(words).toSorted()).toEqual([
      'a.test.ts: write file exchange/question.json, apart: true',
      'a.test.ts: write port 3998, apart: true',
      'b.test.ts: write file b.txt, apart: true',
    ])
    const workerOf = (name: string): unknown =>
      lines.find(({ kind, file }) => kind === 'attempt' && file === name)?.['worker']
    for (const { file, worker } of touches) expect(worker).toBe(workerOf(String(file)))
  })

  test('where a program is missing the run says so and goes on with lanes', async () => {
    const without = 'mount --bind /dev/null "$(realpath "$(command -v ip)")" && exec "$@"'
    const it = await project(
      {
        ...sandboxed(),
        'a.test.ts': `
          import { expect, test } from 'vitest'
          import { lanes } from './lanes.ts'
          test('a', () => { expect(lanes.current().port.number).toBeGreaterThan(0) })
        `,
      },
      { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
      ['unshare', '--map-root-user', '--mount', 'sh', '-c', without, 'sh'],
    )
    const { exitCode, passed, output } = await it.run()
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 1 })
    expect(output).toMatch(/isolane: no sandbox, lanes only: .*ip \(iproute2\).*\nHint: /)
    expect(output.split('no sandbox').length).toBe(2)
  })
})

const one = { 'one.test.ts': "import { test } from 'vitest'\ntest('one', () => {})\n" }

test('a wrong option names its path', async () => {
  const it = await project({ ...one, ...sandboxed('{ files: { writeable: [] } }') })
  const { exitCode, output } = await it.run()
  expect(exitCode).toBe(1)
  expect(output).toContain(
    'isolated.sandbox.files has no option "writeable"; it has keep, writable.\nHint: remove isolated.sandbox.files.writeable.',
  )
  expect(output).not.toMatch(/packages\/(core|vitest|sandbox)\/dist/)
})

test('a wrong ISOLANE_SANDBOX names its value', async () => {
  const it = await project(one, { ISOLANE_SANDBOX: 'net' })
  const { exitCode, output } = await it.run()
  expect(exitCode).toBe(1)
  expect(output).toContain(
    'ISOLANE_SANDBOX names no part of a sandbox with "net"; there are network, files, processes.',
  )
})
