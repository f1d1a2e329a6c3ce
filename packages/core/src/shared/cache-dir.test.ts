import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cacheDir, ensureCacheDir } from './cache-dir.ts'

const posix = process.platform !== 'win32'
const isRoot = process.getuid?.() === 0

function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'isolane-test-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

test('ISOLANE_CACHE_DIR comes before everything else', () => {
  const dir = join(tmpdir(), 'elsewhere')
  expect(cacheDir({ ISOLANE_CACHE_DIR: dir, XDG_CACHE_HOME: '/xdg' })).toBe(dir)
})

test.runIf(process.platform === 'linux')('follows the XDG directories on Linux', () => {
  expect(cacheDir({ XDG_CACHE_HOME: '/xdg' })).toBe('/xdg/isolane')
  expect(cacheDir({ XDG_CACHE_HOME: 'relative' })).toBe(join(homedir(), '.cache', 'isolane'))
  expect(cacheDir({})).toBe(join(homedir(), '.cache', 'isolane'))
})

test('creates the directory', () => {
  const dir = join(tempDir(), 'a', 'b')
  expect(ensureCacheDir(dir)).toBe(dir)
  expect(ensureCacheDir(dir)).toBe(dir)
})

test.runIf(posix)('creates it for this user alone', () => {
  const dir = ensureCacheDir(join(tempDir(), 'new'))
  expect(statSync(dir).mode & 0o777).toBe(0o700)
})

test.runIf(posix)('leaves the mode of a directory that exists alone', () => {
  const dir = join(tempDir(), 'open')
  mkdirSync(dir)
  chmodSync(dir, 0o755)
  ensureCacheDir(dir)
  expect(statSync(dir).mode & 0o777).toBe(0o755)
})

test('refuses a file', () => {
  const file = join(tempDir(), 'file')
  writeFileSync(file, '')
  expect(() => ensureCacheDir(file)).toThrow(
    expect.objectContaining({
      code: 'ISOLANE_REGISTRY',
      message:
        `Cannot use the cache directory ${file}: it is not a directory.\n` +
        'Hint: set ISOLANE_CACHE_DIR to a directory that this user can write to.',
    }),
  )
})

test.runIf(posix)('refuses a path below a file, also for root', () => {
  const file = join(tempDir(), 'file')
  writeFileSync(file, '')
  expect(() => ensureCacheDir(join(file, 'cache'))).toThrow(/a part of its path is not a directory/)
})

test.runIf(process.platform === 'linux')('refuses a file system nobody may write to', () => {
  expect(() => ensureCacheDir('/proc/isolane')).toThrow(
    expect.objectContaining({
      code: 'ISOLANE_REGISTRY',
      message: expect.stringContaining('Cannot use the cache directory /proc/isolane: '),
    }),
  )
})

test.runIf(posix && !isRoot)('refuses a read-only directory', () => {
  const dir = join(tempDir(), 'read-only')
  mkdirSync(dir, { mode: 0o500 })
  expect(() => ensureCacheDir(dir)).toThrow(/this user may not write there \(EACCES\)/)
})

test.runIf(posix && !isRoot)('refuses a directory of somebody else', () => {
  expect(() => ensureCacheDir('/')).toThrow(/it belongs to user 0/)
})
