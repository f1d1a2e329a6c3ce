import { expect, test } from 'vitest'
import { issueToken, tokenUser, useToken } from '../../src/accounts/tokens.ts'
import { addUser, openRecords } from '../records.ts'

const records = openRecords()
const { id } = addUser(records, 'instructor')
const hour = 60 * 60 * 1000

test('a token leads to its user', () => {
  expect(tokenUser(records, issueToken(records, id, 'reset'), 'reset')).toBe(id)
})

test('the database holds only a digest', () => {
  const token = issueToken(records, id, 'reset')
  expect(records.prepare('select digest from tokens').pluck().all()).not.toContain(token)
})

test('a token is good for one purpose', () => {
  expect(tokenUser(records, issueToken(records, id, 'reset'), 'verify')).toBeUndefined()
})

test('a token works once', () => {
  const token = issueToken(records, id, 'verify')
  expect(useToken(records, token, 'verify')).toBe(id)
  expect(useToken(records, token, 'verify')).toBeUndefined()
})

test('a new token replaces the one before', () => {
  const before = issueToken(records, id, 'reset')
  issueToken(records, id, 'reset')
  expect(tokenUser(records, before, 'reset')).toBeUndefined()
})

test.each([
  ['reset', hour],
  ['verify', 24 * hour],
  ['invite', 7 * 24 * hour],
] as const)('a token for "%s" lasts %i ms', (purpose, lifetimeMs) => {
  const token = issueToken(records, id, purpose, 0)
  expect(tokenUser(records, token, purpose, lifetimeMs - 1)).toBe(id)
  expect(tokenUser(records, token, purpose, lifetimeMs)).toBeUndefined()
})
