import type { Attempt, TestRecord, Touch } from '@isolane/record'
import { expect, test } from 'vitest'
import { putDown } from './put-down.ts'

const attempt = (title: string, worker: string, startMs: number, endMs: number): Attempt => ({
  kind: 'attempt',
  key: `a.test.ts > ${title}`,
  project: '',
  file: 'a.test.ts',
  titlePath: [title],
  outcome: 'passed',
  startMs,
  endMs,
  worker,
  order: 0,
  retry: 0,
  repeat: 0,
})

const record = (runner: string): TestRecord => ({
  header: {
    kind: 'header',
    format: 'isolane.record/1',
    run: 'r',
    runner: { name: runner, version: '1' },
    argv: [],
    cwd: '/home/ada/shop',
    startedAt: '2026-11-01T10:00:00.000Z',
    cores: 2,
    memoryBytes: 1,
  },
  collected: [],
  attempts: [
    attempt('one', '1', 100, 201),
    attempt('two', '1', 200, 300),
    attempt('beside', '2', 100, 200),
    attempt('concurrent', '2', 150, 250),
  ],
  missing: [],
  errors: [],
  workerEvents: [],
  laneEvents: [],
  touches: [],
  warnings: [],
  end: undefined,
  cut: false,
})

const touch = (atMs: number, worker: string, name = '/home/ada/shop/db/x.db'): Touch => ({
  kind: 'touch',
  what: 'database',
  name,
  access: 'write',
  worker,
  atMs,
})

const whose = (runner: string, ...touches: Touch[]): unknown[] =>
  putDown(touches, record(runner)).map(({ key, file, name }) => [key ?? file, name])

test('a touch is that of the test that its worker ran, else that of the file', () => {
  expect(whose('vitest', touch(150, '1'), touch(160, '1'), touch(200, '1'))).toEqual([
    ['a.test.ts > one', 'db/x.db'],
    ['a.test.ts > two', 'db/x.db'],
  ])
  expect(whose('vitest', touch(160, '2'), touch(220, '2'))).toEqual([
    ['a.test.ts', 'db/x.db'],
    ['a.test.ts > concurrent', 'db/x.db'],
  ])
  expect(whose('vitest', touch(350, '1', '/tmp/x.db'))).toEqual([['a.test.ts', '/tmp/x.db']])
  expect(whose('playwright', touch(350, '1'))).toEqual([['a.test.ts > two', 'db/x.db']])
  expect(whose('vitest', touch(150, '7'))).toEqual([[undefined, 'db/x.db']])
})
