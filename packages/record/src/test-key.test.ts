import { expect, test } from 'vitest'
import { keyPath, testKey, TestKeys } from './test-key.ts'

test('a key names project, file and titles', () => {
  expect(testKey({ project: 'web', file: 'e2e/a.spec.ts', titlePath: ['suite', 'test'] })).toBe(
    '[web] e2e/a.spec.ts > suite > test',
  )
  expect(testKey({ project: '', file: 'a.test.ts', titlePath: [] })).toBe('a.test.ts')
})

test('the second test of one name gets an ordinal, in every run the same', () => {
  const keys = new TestKeys()
  const name = { project: '', file: 'a.test.ts', titlePath: ['twin'] }
  expect(keys.next(name)).toEqual({ key: 'a.test.ts > twin', ordinal: 1 })
  expect(keys.next({ ...name, project: 'web' })).toEqual({
    key: '[web] a.test.ts > twin',
    ordinal: 1,
  })
  expect(keys.next(name)).toEqual({ key: 'a.test.ts > twin #2', ordinal: 2 })
})

test.each([
  ['/srv/app', '/srv/app/src/a.ts', 'src/a.ts'],
  ['/srv/app/', '/srv/app/a.ts', 'a.ts'],
  ['/srv/app', '/srv/application/a.ts', '../application/a.ts'],
  ['/srv/app/e2e', '/srv/app/a.ts', '../a.ts'],
  [String.raw`C:\work\app`, String.raw`C:\work\app\src\a.ts`, 'src/a.ts'],
  [String.raw`C:\work`, String.raw`D:\other\a.ts`, 'D:/other/a.ts'],
  ['/srv/app', 'src/a.ts', 'src/a.ts'],
])('from %s, %s is %s', (from, file, path) => {
  expect(keyPath(from, file)).toBe(path)
})
