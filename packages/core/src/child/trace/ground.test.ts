import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Ground } from './ground.ts'

const root = join(import.meta.dirname, 'project')
const lane = join(import.meta.dirname, 'lane')
const ground = (allow: readonly (string | number)[] = []): Ground =>
  new Ground({ root, directories: [lane], ports: [20_123], allow })

test('owns the ports of the lane, and those that nobody else can be given', () => {
  const it = ground([5_432])
  expect([0, 20_123, 60_000].map((port) => it.ownsPort(port))).toEqual([true, true, true])
  expect([1, 80, 3_000, 5_432, 20_124].map((port) => it.ownsPort(port))).toEqual(
    Array.from({ length: 5 }, () => false),
  )
  expect([5_432, 5_433].map((port) => it.allowsPort(port))).toEqual([true, false])
})

test('owns files of the lane and what tools keep for themselves', () => {
  const own = [
    join(lane, 'database.db'),
    join(root, 'node_modules/.vite/deps/a.js'),
    join(root, 'packages/a/coverage/.tmp/coverage-0.json'),
    join(root, 'src/__snapshots__/a.test.ts.snap'),
    join(root, 'src/a.snap'),
    join(root, '.vitest-attachments/a.png'),
    '/dev/null',
  ]
  expect(own.filter((path) => !ground().ownsPath(path))).toEqual([])
  const others = [
    `${lane}-other/database.db`,
    join(root, 'app.db'),
    join(root, 'coverage.json'),
    join(root, 'snap'),
    join(root, '4f9c1a52-7f4e-4c1e-9d0a-3b8e2a6c7d10.txt'),
  ]
  expect(others.filter((path) => ground().ownsPath(path))).toEqual([])
})

test('owns files of the temp directory whose name nobody else chooses', () => {
  const own = [
    'upload-4f9c1a52-7f4e-4c1e-9d0a-3b8e2a6c7d10/a.csv',
    `upload-${process.pid}.csv`,
    `upload-${Date.now()}.csv`,
    'a/4fzk81qz0x/b.csv',
  ]
  expect(own.filter((name) => !ground().ownsPath(join(tmpdir(), name)))).toEqual([])
  const others = [
    'upload.csv',
    'upload-1.csv',
    'fixture2data.csv',
    'sha256/a',
    `1${process.pid}.csv`,
    '2026-11-21.csv',
  ]
  expect(others.filter((name) => ground().ownsPath(join(tmpdir(), name)))).toEqual([])
  const it = ground()
  it.addUnique(join(tmpdir(), 'made-'))
  expect(it.ownsPath(join(tmpdir(), 'made-aB3dEf', 'a.csv'))).toBe(true)
})

test('allows what its globs match, from the project root', () => {
  const it = ground(['out/**', '*.{db,sqlite}', 'a?c', '/srv/shared/*', './data/**/x.json', '{'])
  const allowed = ['out/a/b.txt', 'out', 'app.db', 'abc', 'data/x.json', 'data/1/2/x.json', '{']
  expect(allowed.filter((path) => !it.allowsPath(join(root, path)))).toEqual([])
  expect(it.allowsPath('/srv/shared/a')).toBe(true)
  const refused = ['output/a', 'a/app.db', 'app.dbx', 'ac', 'data/x.jsonx', 'xout/a']
  expect(refused.filter((path) => it.allowsPath(join(root, path)))).toEqual([])
  expect(it.allowsPath('/srv/shared/a/b')).toBe(false)
})
