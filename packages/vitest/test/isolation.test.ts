import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { project, versions } from './support/project.ts'

/**
 * Every file claims all that its lane owns with exclusive markers and holds them until another file has run
 * beside it or it is the last: two live lanes that share anything cannot both have the claim.
 */
const claims = (name: string, files: number): string => `
  import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs'
  import { createServer } from 'node:http'
  import { join } from 'node:path'
  import { afterAll, expect, test } from 'vitest'
  import { lanes } from './lanes.ts'

  const board = new URL('./board/', import.meta.url).pathname
  mkdirSync(board + 'seen', { recursive: true })
  const { database, port, tempDir, id } = lanes.current()
  const claims = [id, database.path, port.number, tempDir.path, 'slot ' + process.env.ISOLANE_SLOT]
    .map((claim) => join(board, String(claim).replaceAll('/', '_')))

  test('${name} owns its lane alone', async () => {
    for (const claim of claims) closeSync(openSync(claim, 'wx'))
    const server = createServer((_, response) => response.end('${name}'))
    await new Promise((resolve, reject) => server.once('error', reject).listen(port.number, '127.0.0.1', resolve))
    const db = database.open()
    expect(db.prepare('select count(*) from users').pluck().get()).toBe(0)
    db.prepare('insert into users (id, name) values (1, ?)').run('${name}')
    expect(readdirSync(tempDir.path)).toEqual([])
    expect(await (await fetch(port.url)).text()).toBe('${name}')
    expect(db.prepare('select name from users').pluck().all()).toEqual(['${name}'])
    await new Promise((resolve) => server.close(resolve))
    closeSync(openSync(board + 'seen/${name}', 'w'))
    // With more workers than one: stay until somebody else has come and gone, unless all have.
    const workers = Number(process.env.WORKERS)
    const deadline = Date.now() + 20_000
    while (workers > 1 && Date.now() < deadline) {
      const seen = readdirSync(board + 'seen').length
      if (seen > 1 || seen === ${files}) break
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })
  afterAll(() => { for (const claim of claims) if (existsSync(claim)) rmSync(claim) })
`

describe('every worker owns its lane alone', () => {
  test.for([1, 2, 4, 8])('with maxWorkers %i', async (workers) => {
    const names = Array.from({ length: 10 }, (_, index) => `file${index}`)
    const it = await project(
      Object.fromEntries(names.map((name) => [`${name}.test.ts`, claims(name, names.length)])),
      { WORKERS: String(workers) },
    )
    const { exitCode, passed, failed, output } = await it.run(`--maxWorkers=${workers}`)
    expect({ exitCode, passed, failed }, output).toEqual({ exitCode: 0, passed: 10, failed: 0 })
    expect(await it.leftovers()).toEqual([])
  })

  test('the claims would be seen: without lanes of their own the same files fail', async () => {
    const shared = `
      import { defineLanes, port, sqlite, tempDir } from '@isolane/core'
      const shared = { id: 'one', database: { path: 'same' }, port: { number: 0 }, tempDir: { path: 'same' } }
      export const lanes = Object.assign(defineLanes({ database: sqlite() }), {})
      export const current = shared
    `
    const names = ['file0', 'file1']
    const it = await project(
      {
        'lanes.ts': shared,
        ...Object.fromEntries(
          names.map((name) => [
            `${name}.test.ts`,
            claims(name, 2).replace('lanes.current()', '(await import("./lanes.ts")).current'),
          ]),
        ),
      },
      { WORKERS: '2' },
    )
    const { exitCode, failed } = await it.run('--maxWorkers=2')
    expect({ exitCode, failed: failed > 0 }).toEqual({ exitCode: 1, failed: true })
  })
})

test('variables of the lane are in the environment of the worker and of what it starts', async () => {
  const it = await project({
    'env.test.ts': `
      import { execFileSync } from 'node:child_process'
      import { expect, test } from 'vitest'
      import { lanes } from './lanes.ts'
      test('env', () => {
        const { database, port, tempDir, id, run, slot } = lanes.current()
        const expected = { DATABASE_URL: database.url, PORT: String(port.number), TMPDIR: tempDir.path,
          ISOLANE_LANE: id, ISOLANE_RUN: run, ISOLANE_SLOT: String(slot) }
        expect(process.env).toMatchObject(expected)
        const child = execFileSync(process.execPath, ['-p', 'JSON.stringify(process.env)'], { encoding: 'utf8' })
        expect(JSON.parse(child)).toMatchObject(expected)
        expect(process.env.VITEST_POOL_ID).toBe(String(slot))
      })
    `,
  })
  const { exitCode, output } = await it.run()
  expect(exitCode, output).toBe(0)
})

test('isolated() without lanes gives an empty database, a port and a temp dir', async () => {
  const it = await project({
    'vitest.config.ts': `
      import { isolated } from '@isolane/vitest'
      export default { plugins: [isolated()], test: { pool: 'isolated' } }
    `,
    'plain.test.ts': `
      import { realpathSync } from 'node:fs'
      import { tmpdir } from 'node:os'
      import { expect, test } from 'vitest'
      test('plain', () => {
        expect(process.env.DATABASE_URL).toMatch(/^file:/)
        expect(Number(process.env.PORT)).toBeGreaterThan(1023)
        expect(realpathSync(tmpdir())).toBe(process.env.TMPDIR)
      })
    `,
  })
  const { exitCode, passed, output } = await it.run()
  expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 1 })
})

test('no more lanes are made than files will ask for', async () => {
  const it = await project({
    'server.js': `
      import { appendFileSync } from 'node:fs'
      import { createServer } from 'node:http'
      appendFileSync('started.txt', process.env.ISOLANE_LANE + '\\n')
      createServer((_, response) => response.end()).listen(Number(process.env.PORT), '127.0.0.1')
    `,
    'lanes.ts': `
      import { defineLanes, port, server } from '@isolane/core'
      export const lanes = defineLanes({ port: port(), app: server({ command: 'node server.js' }) })
    `,
    'one.test.ts': `
      import { expect, test } from 'vitest'
      import { lanes } from './lanes.ts'
      test('one', async () => { expect((await fetch(lanes.current().app.url)).status).toBe(200) })
    `,
  })
  const { exitCode, passed, output } = await it.run('--maxWorkers=4')
  expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 1 })
  expect((await readFile(join(it.dir, 'started.txt'), 'utf8')).trim().split('\n')).toHaveLength(1)
})

test.for(versions)(
  'with isolate: false the lane is at its base before setup files that run in parallel, Vitest %s',
  async (version) => {
    const it = await project(
      {
        'vitest.config.ts': `
          import { isolated } from '@isolane/vitest'
          import { lanes } from './lanes.ts'
          export default {
            plugins: [isolated(lanes)],
            test: {
              name: 'unit', pool: 'isolated', isolate: false, maxWorkers: 1, include: ['**/*.test.ts'],
              setupFiles: ['./seed.ts'], sequence: { setupFiles: 'parallel' },
            },
          }
        `,
        'seed.ts': `
          import { lanes } from './lanes.ts'
          lanes.current().database.open().exec("insert into users (name) values ('seeded')")
        `,
        ...Object.fromEntries(
          ['a', 'b', 'c'].map((name) => [
            `${name}.test.ts`,
            `
              import { expect, test } from 'vitest'
              import { lanes } from './lanes.ts'
              test('${name}', () => {
                const users = lanes.current().database.open()
                expect(users.prepare('select name from users').pluck().all()).toEqual(['seeded'])
                users.exec("insert into users (name) values ('left')")
              })
            `,
          ]),
        ),
      },
      {},
      [],
      version,
    )
    const { exitCode, passed, output } = await it.run()
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 3 })
    expect(
      output.match(/isolane: setup files of project "unit" run one after another/g),
    ).toHaveLength(1)
    expect(await it.leftovers()).toEqual([])
  },
)
