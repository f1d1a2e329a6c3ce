import { globSync } from 'node:fs'
import { join } from 'node:path'
import { readRecord } from '@isolane/record'
import type { Touch } from '@isolane/record'
import { expect, test } from 'vitest'
import { freePort, jest, makeProject, playwright, vitest } from './project.ts'

const slow = { timeout: 480_000 }
// No file of these projects names what it shares, and only a port stands in an error.
const wait = 'const wait = (ms) => new Promise((settle) => setTimeout(settle, ms))'

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
    'vitest.config.js': `export default { test: { projects: ['forks', 'threads'].map((pool) => ({
        extends: true, test: { name: pool, pool, include: [pool + '.test.js'] } })) } }`,
    'name.js': `export const shared = 'sta' + 'te.txt'`,
    'forks.test.js': `import { readFileSync, writeFileSync } from 'node:fs'
      import { beforeAll, expect, test } from 'vitest'
      import { shared } from './name.js'
      ${wait}
      beforeAll(() => { writeFileSync('own-' + 1, '') })
      test('keeps what it wrote', async () => {
        for (let turn = 0; turn < 20; turn += 1) {
          writeFileSync(shared, 'forks')
          await wait(40)
          expect(readFileSync(shared, 'utf8')).toBe('forks')
        }
      })`,
    'threads.test.js': `import { writeFile } from 'node:fs/promises'
      import { test } from 'vitest'
      import { shared } from './name.js'
      ${wait}
      test('waits', () => wait(30))
      test('writes on and on', async () => {
        for (let turn = 0; turn < 40; turn += 1) { await writeFile(shared, 'threads'); await wait(20) }
      })`,
  })
  const { report } = await project.flake({ command: [...vitest, 'run', '--maxWorkers=2'] })
  expect(report.findings).toMatchObject([
    {
      test: { file: 'forks.test.js' },
      verdict: 'parallel-only',
      mechanism: 'collision',
      cause: 'file',
      culprits: [{ role: 'co-runner', key: '[threads] threads.test.js > writes on and on' }],
    },
  ])
  expect(report.findings[0]?.evidence).toContainEqual({
    kind: 'file',
    detail: 'both wrote file state.txt',
    tests: [
      '[forks] forks.test.js > keeps what it wrote',
      '[threads] threads.test.js > writes on and on',
    ],
    slots: [expect.any(Number), expect.any(Number)],
  })
  expect(touchesOf(project.dir)).toEqual([
    '[forks] forks.test.js > keeps what it wrote: read file state.txt',
    '[forks] forks.test.js > keeps what it wrote: write file state.txt',
    '[threads] threads.test.js > writes on and on: write file state.txt',
    'forks.test.js: write file own-1',
  ])
})

test('with Vitest, both parties of a socket are named', slow, async () => {
  const holding = (holdMs: number): string => `import { createServer } from 'node:net'
      import { test } from 'vitest'
      import { name } from './name.js'
      ${wait}
      test('serves', async () => {
        ${holdMs === 0 ? 'await wait(300)' : ''}
        const server = createServer()
        await new Promise((settle, fail) => server.on('error', fail).listen(name, settle))
        await wait(${holdMs})
        await new Promise((settle) => server.close(settle))
      })`
  await using project = await makeProject({
    'name.js': `export const name = 'ap' + 'p.sock'`,
    'asks.test.js': holding(0),
    'holds.test.js': holding(1200),
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
    'package.json': '{ "jest": { "testEnvironment": "node" } }',
    'name.js': `module.exports = 'MEMORY/' + 'sh' + 'op.' + 'db'`,
    'child.js': `const Database = require('better-sqlite3')
      const db = new Database(require('./name.js'))
      for (let turn = 0; turn < 10; turn += 1) {
        db.exec('create table if not exists list (n); insert into list values (1)')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
      }`,
    'counts.test.js': `const { DatabaseSync } = require('node:sqlite')
      const name = require('./name.js')
      ${wait}
      test('finds its own row only', async () => {
        const db = new DatabaseSync(name)
        db.exec('pragma busy_timeout = 5000; create table if not exists list (n); delete from list; insert into list values (2)')
        await wait(600)
        const { rows } = db.prepare('select count(*) rows from list').get()
        db.close()
        expect(rows).toBe(1)
      })`,
    'starts.test.js': `const { execFile } = require('node:child_process')
      const { promisify } = require('node:util')
      test('has a child that writes', async () => { await promisify(execFile)(process.execPath, ['child.js']) })`,
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
  const listening = (holdMs: number) => `import { createServer } from 'node:http'
      import { expect, test } from '@playwright/test'
      import { number } from './number.js'
      ${wait}
      const server = createServer((request, response) => response.end('own'))
      test('serves', async () => {
        await new Promise((settle, fail) => server.on('error', fail).listen(number, '127.0.0.1', settle))
        await wait(${holdMs})
        server.close()
      })`
  await using project = await makeProject({
    'playwright.config.js': `export default { testDir: '.', workers: 2, reporter: 'line' }`,
    'number.js': `export const number = ${port - 1} + 1`,
    'asks.spec.js': listening(0).replace('async () => {', 'async () => {\n        await wait(300)'),
    'holds.spec.js': listening(1200),
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
      import { openSync, closeSync, readFileSync, writeFileSync } from 'node:fs'
      import { test } from 'node:test'
      import { shared } from './name.mjs'
      ${wait}
      test('keeps what it wrote', async () => {
        for (let turn = 0; turn < 20; turn += 1) {
          writeFileSync(shared, 'a')
          await wait(40)
          assert.equal(readFileSync(shared, 'utf8'), 'a')
        }
      })`,
    'b.test.mjs': `import { createWriteStream } from 'node:fs'
      import { DatabaseSync } from 'node:sqlite'
      import { test } from 'node:test'
      import { shared } from './name.mjs'
      ${wait}
      test('writes on and on', async () => {
        new DatabaseSync('own.db').close()
        for (let turn = 0; turn < 40; turn += 1) { createWriteStream(shared).end('b'); await wait(20) }
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
