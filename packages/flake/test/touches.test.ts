import { globSync } from 'node:fs'
import { join } from 'node:path'
import { readRecord } from '@isolane/record'
import type { Touch } from '@isolane/record'
import { expect, test } from 'vitest'
import { meeting } from './meeting.ts'
import { freePort, jest, makeProject, playwright, vitest } from './project.ts'

const slow = { timeout: 480_000 }
// No file of these projects names what it shares, and only a port stands in an error.
const talk = meeting()
const patient = 'testTimeout: 90_000'

/** Of two that listen, the one that finds the place taken, and the one that has it. */
const asks = `
        await hear('held')
        await listen().then(close).finally(() => say('tried'))
      `
const holds = `
        const server = await listen()
        await say('held')
        await hear('tried')
        await close(server)
      `

/** What the arms in which tests ran side by side noted, each thing once. */
function touchesOf(dir: string): string[] {
  const runs = join(dir, '.isolane', 'flake', 'runs')
  expect(globSync('*.touches', { cwd: runs })).toEqual([])
  const records = globSync('*.jsonl', { cwd: runs }).filter((name) => /^\d+-/.test(name))
  const touches = records.flatMap((name) => readRecord(join(runs, name)).touches)
  return [...new Set(touches.map(said))].toSorted()
}

function said({ key, file, what, access, name }: Touch): string {
  return `${key ?? file}: ${access} ${what} ${name}`
}

test('with Vitest, forks and threads, both parties of a file are named', slow, async () => {
  await using project = await makeProject({
    'vitest.config.js': `export default { test: { ${patient}, projects: ['forks', 'threads'].map((pool) => ({
        extends: true, test: { name: pool, pool, include: [pool + '.test.js'] } })) } }`,
    'name.js': `export const shared = 'sta' + 'te.txt'`,
    'forks.test.js': `import { readFileSync, writeFileSync } from 'node:fs'
      import { beforeAll, expect, test } from 'vitest'
      import { shared } from './name.js'
      ${talk}
      beforeAll(() => { writeFileSync('own-' + 1, '') })
      test('keeps what it wrote', async () => {
        writeFileSync(shared, 'forks')
        await say('wrote')
        await hear('wrote over it')
        expect(readFileSync(shared, 'utf8')).toBe('forks')
      })`,
    'threads.test.js': `import { writeFile } from 'node:fs/promises'
      import { test } from 'vitest'
      import { shared } from './name.js'
      ${talk}
      test('waits', () => hear('wrote'))
      test('writes over it', async () => {
        await hear('wrote')
        await writeFile(shared, 'threads')
        await say('wrote over it')
      })`,
  })
  const { report } = await project.flake({ command: [...vitest, 'run', '--maxWorkers=2'] })
  expect(report.findings).toMatchObject([
    {
      test: { file: 'forks.test.js' },
      verdict: 'parallel-only',
      mechanism: 'collision',
      cause: 'file',
      culprits: [{ role: 'co-runner', key: '[threads] threads.test.js > writes over it' }],
    },
  ])
  expect(report.findings[0]?.evidence).toContainEqual({
    kind: 'file',
    detail: 'both wrote file state.txt',
    tests: [
      '[forks] forks.test.js > keeps what it wrote',
      '[threads] threads.test.js > writes over it',
    ],
    slots: [expect.any(Number), expect.any(Number)],
  })
  expect(touchesOf(project.dir)).toEqual([
    '[forks] forks.test.js > keeps what it wrote: read file state.txt',
    '[forks] forks.test.js > keeps what it wrote: write file state.txt',
    '[threads] threads.test.js > writes over it: write file state.txt',
    'forks.test.js: write file own-1',
  ])
})

test('with Vitest, both parties of a socket are named', slow, async () => {
  const file = (body: string): string => `import { createServer } from 'node:net'
      import { test } from 'vitest'
      import { name } from './name.js'
      ${talk}
      const listen = () => new Promise((settle, fail) => {
        const server = createServer().once('error', fail)
        server.listen(name, () => settle(server))
      })
      const close = (server) => new Promise((settle) => server.close(settle))
      test('serves', async () => {${body}})`
  await using project = await makeProject({
    'name.js': `export const name = 'ap' + 'p.sock'`,
    'vitest.config.js': `export default { test: { ${patient} } }`,
    'asks.test.js': file(asks),
    'holds.test.js': file(holds),
  })
  const { report } = await project.flake({ command: [...vitest, 'run', '--maxWorkers=2'] })
  expect(report.findings).toMatchObject([
    {
      test: { key: 'asks.test.js > serves' },
      verdict: 'parallel-only',
      mechanism: 'collision',
      cause: 'file',
      culprits: [{ role: 'co-runner', key: 'holds.test.js > serves' }],
    },
  ])
  expect(report.findings[0]?.evidence).toContainEqual(
    expect.objectContaining({
      kind: 'file',
      detail: 'both wrote file app.sock',
      tests: ['asks.test.js > serves', 'holds.test.js > serves'],
    }),
  )
  expect(touchesOf(project.dir)).toEqual([
    'asks.test.js > serves: write file app.sock',
    'holds.test.js > serves: write file app.sock',
  ])
})

test('with Jest, both parties of a database are named, whoever opens it', slow, async () => {
  await using project = await makeProject({
    'package.json': '{ "jest": { "testEnvironment": "node", "testTimeout": 90000 } }',
    'name.js': `module.exports = 'MEMORY/' + 'sh' + 'op.' + 'db'`,
    'child.js': `const Database = require('better-sqlite3')
      const db = new Database(require('./name.js'))
      db.exec('create table if not exists list (n); insert into list values (1)')`,
    'counts.test.js': `const { DatabaseSync } = require('node:sqlite')
      const name = require('./name.js')
      ${meeting('require')}
      test('finds its own row only', async () => {
        const db = new DatabaseSync(name)
        db.exec('pragma busy_timeout = 5000; create table if not exists list (n); delete from list; insert into list values (2)')
        await say('counts')
        await hear('wrote')
        const { rows } = db.prepare('select count(*) rows from list').get()
        db.close()
        expect(rows).toBe(1)
      })`,
    'starts.test.js': `const { promisify } = require('node:util')
      ${meeting('require')}
      test('has a child that writes', async () => {
        await hear('counts')
        await promisify(execFile)(process.execPath, ['child.js'])
        await say('wrote')
      })`,
  })
  const { report } = await project.flake({ command: [...jest, '--maxWorkers=2'] })
  const name = join(project.memory, 'shop.db')
  expect(report.findings).toMatchObject([
    {
      test: { key: 'counts.test.js > finds its own row only' },
      verdict: 'parallel-only',
      mechanism: 'collision',
      cause: 'database',
      culprits: [{ role: 'co-runner', key: 'starts.test.js > has a child that writes' }],
    },
  ])
  expect(report.findings[0]?.evidence).toContainEqual(
    expect.objectContaining({
      kind: 'database',
      detail: `both opened database ${name}`,
      tests: [
        'counts.test.js > finds its own row only',
        'starts.test.js > has a child that writes',
      ],
    }),
  )
  expect(touchesOf(project.dir)).toEqual([
    `counts.test.js > finds its own row only: write database ${name}`,
    `starts.test.js > has a child that writes: write database ${name}`,
  ])
})

test('with Playwright, both parties of a port are named', slow, async () => {
  const port = await freePort()
  const file = (body: string): string => `import { createServer } from 'node:http'
      import { test } from '@playwright/test'
      import { number } from './number.js'
      ${talk}
      const listen = () => new Promise((settle, fail) => {
        const server = createServer((request, response) => response.end('own')).once('error', fail)
        server.listen(number, '127.0.0.1', () => settle(server))
      })
      const close = (server) => new Promise((settle) => server.close(settle))
      test('serves', async () => {${body}})`
  await using project = await makeProject({
    'playwright.config.js': `export default { testDir: '.', workers: 2, reporter: 'line', timeout: 90_000 }`,
    'number.js': `export const number = ${port - 1} + 1`,
    'asks.spec.js': file(asks),
    'holds.spec.js': file(holds),
  })
  const { report } = await project.flake({ command: [...playwright, 'test'] })
  expect(report.findings).toMatchObject([
    {
      test: { key: 'asks.spec.js > serves' },
      verdict: 'parallel-only',
      mechanism: 'collision',
      cause: 'port',
      culprits: [{ role: 'co-runner', key: 'holds.spec.js > serves' }],
    },
  ])
  expect(report.findings[0]?.evidence).toContainEqual(
    expect.objectContaining({
      kind: 'port',
      tests: ['asks.spec.js > serves', 'holds.spec.js > serves'],
    }),
  )
  expect(touchesOf(project.dir)).toEqual([
    `asks.spec.js > serves: write port ${port}`,
    `holds.spec.js > serves: write port ${port}`,
  ])
})

test('with node:test, the file of a process is named', slow, async () => {
  await using project = await makeProject({
    'name.mjs': `export const shared = 'sta' + 'te.txt'`,
    'a.test.mjs': `import assert from 'node:assert'
      import { readFileSync, writeFileSync } from 'node:fs'
      import { test } from 'node:test'
      import { shared } from './name.mjs'
      ${talk}
      test('keeps what it wrote', async () => {
        writeFileSync(shared, 'a')
        await say('wrote')
        await hear('wrote over it')
        assert.equal(readFileSync(shared, 'utf8'), 'a')
      })`,
    'b.test.mjs': `import { createWriteStream } from 'node:fs'
      import { DatabaseSync } from 'node:sqlite'
      import { test } from 'node:test'
      import { shared } from './name.mjs'
      ${talk}
      test('writes over it', async () => {
        new DatabaseSync('own.db').close()
        await hear('wrote')
        await new Promise((settle) => createWriteStream(shared).end('b', settle))
        await say('wrote over it')
      })`,
  })
  const command = [process.execPath, '--test', '--test-concurrency=2']
  const { report } = await project.flake({ command })
  expect(report.findings).toMatchObject([
    { test: { key: 'a.test.mjs > keeps what it wrote' }, verdict: 'parallel-only' },
  ])
  expect(touchesOf(project.dir)).toEqual([
    'a.test.mjs: read file state.txt',
    'a.test.mjs: write file state.txt',
    'b.test.mjs: write database own.db',
    'b.test.mjs: write file state.txt',
  ])
})
