import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commands, runProject } from './support/run-project.ts'

const serial = `
  const { createServer } = require('node:http')
  const { existsSync, readFileSync, writeFileSync } = require('node:fs')
  const { setTimeout } = require('node:timers/promises')
  test('serves what it has stored', async () => {
    expect(existsSync('test.db')).toBe(false)
    writeFileSync('test.db', __filename)
    const server = createServer((_, response) => response.end(readFileSync('test.db')))
    await new Promise((resolve, reject) => server.on('error', reject).listen(3000, '127.0.0.1', resolve))
    // Long enough that files which run side by side do meet.
    await setTimeout(300)
    expect(await (await fetch('http://127.0.0.1:3000')).text()).toBe(__filename)
    await new Promise((resolve) => { server.close(resolve); server.closeAllConnections() })
  })
`
const four = Object.fromEntries([1, 2, 3, 4].map((n) => [`t${n}.test.js`, serial]))
const inBand = { 'package.json': '{ "scripts": { "test": "jest --runInBand" } }' }

test('files that share a port and a database pass side by side, unchanged', async () => {
  const it = await runProject({ ...four, ...inBand })
  const outside = await it.plain([...commands.jest, '--maxWorkers=4'])
  expect(outside.stderr).toMatch(/Tests: +[34] failed/)
  await rm(join(it.dir, 'test.db'), { force: true })
  const inside = await it.isolane('--workers', '4', '--', 'npm', 'test')
  expect(inside.stderr).toMatch(/Tests: +4 passed/)
  expect(inside.said.slice(1)).toEqual([
    '4 workers at a time instead of 1 (--runInBand).',
    expect.stringMatching(
      /^the sandbox kept apart .*: why this suite fails in parallel without it.$/,
    ),
  ])
  const { workers, runners } = await it.report()
  expect(workers.map(({ slot }) => slot).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4])
  expect(workers.flatMap(({ files }) => files).toSorted()).toEqual(Object.keys(four))
  expect(runners).toHaveLength(1)
  expect(await it.gone()).toEqual([])
})

const one = {
  'one.test.js': `test('runs', () => {
    const { ISOLANE_LAYER, ISOLANE_SLOT, JEST_WORKER_ID, NODE_ENV, PATH } = process.env
    expect(ISOLANE_LAYER).toBeTruthy()
    expect(ISOLANE_SLOT).toBe(JEST_WORKER_ID)
    expect(NODE_ENV).toBe('test')
    expect(PATH).toBeTruthy()
  })`,
}

test('one fast file alone has a sandbox too', async () => {
  const it = await runProject({ ...one, ...inBand })
  const { exitCode, stderr } = await it.isolane('--', ...commands.jest)
  expect(stderr).toMatch(/Tests: +1 passed/)
  expect(exitCode).toBe(0)
  expect((await it.report()).workers).toHaveLength(1)
})

test.for([
  ['maxWorkers: 1', { maxWorkers: 1 }, []],
  ['--maxWorkers', {}, ['--maxWorkers=1']],
  ['workerThreads', { workerThreads: true, maxWorkers: 2 }, []],
] as const)('%s does not keep workers from their sandboxes', async ([why, jest, args]) => {
  const it = await runProject({
    'a.test.js': one['one.test.js'],
    'b.test.js': one['one.test.js'],
    'package.json': JSON.stringify({ jest }),
  })
  const { exitCode, said } = await it.isolane('--workers', '2', '--', ...commands.jest, ...args)
  expect(said.slice(1, -1)).toEqual([
    why === 'workerThreads'
      ? 'processes instead of workerThreads: only a process can have a sandbox.'
      : `2 workers at a time instead of 1 (${why}).`,
  ])
  expect(exitCode).toBe(0)
  expect((await it.report()).workers).toHaveLength(2)
})

test('--detectOpenHandles needs the main process, and says so', async () => {
  const it = await runProject({ 'one.test.js': `test('runs', () => {})`, ...inBand })
  const { exitCode, said } = await it.isolane('--', ...commands.jest, '--detectOpenHandles')
  expect(exitCode).toBe(0)
  expect(said.slice(1)).toEqual([
    'no sandbox: with --detectOpenHandles tests run in the main process of Jest.',
    'nothing of this command ran in a sandbox: Jest started no worker.',
  ])
})

test.for(['v8', 'babel'])('coverage of %s has the same numbers as outside', async (provider) => {
  const it = await runProject({
    'sum.js': 'exports.sum = (a, b) => {\n  if (a > 1) return 0\n  return a + b\n}\n',
    'a.test.js': `test('adds', () => { expect(require('./sum.js').sum(1, 2)).toBe(3) })`,
    'b.test.js': `test('is 0', () => { expect(require('./sum.js').sum(2, 2)).toBe(0) })`,
    'package.json': '{}',
  })
  const command = [...commands.jest, '--coverage', `--coverageProvider=${provider}`]
  const counted = async (name: string): Promise<unknown> =>
    JSON.parse(await it.read(`${name}/coverage-final.json`)) as unknown
  // One after the other: both have the project's one cache of transformed files.
  const outside = await it.plain([...command, '--coverageDirectory=outside'])
  const inside = await it.isolane('--workers=2', '--', ...command, '--coverageDirectory=inside')
  expect(inside.stdout).toBe(outside.stdout)
  expect(inside.stdout).toMatch(/sum\.js +\| +100/)
  expect(await counted('inside')).toEqual(await counted('outside'))
})

test('every worker leaves the file that c8 asks it for', async () => {
  const it = await runProject({
    'own.js': 'exports.own = 1',
    'a.test.js': `test('is 1', () => { expect(require('./own.js').own).toBe(1) })`,
    'package.json': '{}',
  })
  const env = { NODE_V8_COVERAGE: join(it.dir, 'raw') }
  const { exitCode } = await it.plain(it.words('--', ...commands.jest), env)
  expect(exitCode).toBe(0)
  const raw = (await it.files()).filter((path) => path.startsWith('raw/'))
  const texts = await Promise.all(raw.map(it.read))
  expect(texts.filter((text) => text.includes('/own.js"'))).toHaveLength(1)
})
