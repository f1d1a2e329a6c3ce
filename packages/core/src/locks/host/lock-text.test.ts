import { expect, test } from 'vitest'
import { pidSpace } from '../../shared/process-identity.ts'
import type { BlockerRow } from './lock-queue.ts'
import { blockersText } from './lock-text.ts'

const row: BlockerRow = {
  ticket: 1,
  name: 'billing',
  exclusive: 1,
  askedAt: '2099-01-01T00:00:00.000Z',
  heldSince: '2099-01-01T00:00:01.000Z',
  pid: 42,
  pidSpace: pidSpace(),
  run: '3f9a2b1c-0000-4000-8000-000000000000',
  root: '/shop',
  lane: '3f9a2b1c-2',
  test: null,
}

test.each<[string, string[], BlockerRow[], string]>([
  [
    'a clock that went back counts as no time',
    ['billing'],
    [row],
    'held since 2099-01-01T00:00:01.000Z (0.0 s) by pid 42, lane 3f9a2b1c-2, run 3f9a2b1c of /shop',
  ],
  [
    'a pid of another namespace is said to be one',
    ['billing'],
    [{ ...row, pidSpace: 'other', pid: 1, lane: null }],
    'held since 2099-01-01T00:00:01.000Z (0.0 s) by pid 1 of its sandbox or container, run 3f9a2b1c of /shop',
  ],
  [
    'who waits before is told when nobody holds',
    ['billing', 'stock'],
    [{ ...row, heldSince: null, exclusive: 0 }],
    '"billing" asked for as shared since 2099-01-01T00:00:00.000Z (0.0 s) by pid 42, lane 3f9a2b1c-2, run 3f9a2b1c of /shop',
  ],
  [
    'text of others is made harmless and short',
    ['billing'],
    [{ ...row, lane: null, root: '/a\nb', test: `\u009b2J${'x'.repeat(200)}` }],
    `held since 2099-01-01T00:00:01.000Z (0.0 s) by pid 42, test "\\u{9b}2J${'x'.repeat(117)}…", run 3f9a2b1c of /a\\nb`,
  ],
])('%s', (_, names, rows, text) => {
  expect(blockersText(names, rows)).toBe(text)
})

test('of many, three are told and the others counted', () => {
  const readers = [1, 2, 3, 4, 5].map((ticket) => ({ ...row, ticket, pid: ticket }))
  const waiting = { ...row, ticket: 6, heldSince: null }
  const text = blockersText(['billing'], [...readers, waiting])
  expect(text.match(/by pid \d/g)).toEqual(['by pid 1', 'by pid 2', 'by pid 3'])
  expect(text).toMatch(/; 3 more before it$/)
})
