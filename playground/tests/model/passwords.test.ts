import { expect, test } from 'vitest'
import { hashPassword, passwordMatches } from '../../src/accounts/passwords.ts'

test('a hash does not contain the password', () => {
  expect(hashPassword('correct horse')).not.toContain('correct')
})

test('two hashes of one password differ', () => {
  expect(hashPassword('correct horse')).not.toBe(hashPassword('correct horse'))
})

test('the right password matches', () => {
  expect(passwordMatches('correct horse', hashPassword('correct horse'))).toBe(true)
})

test.each(['', 'Correct horse', 'correct horse '])('"%s" does not match', (wrong) => {
  expect(passwordMatches(wrong, hashPassword('correct horse'))).toBe(false)
})

test('a damaged hash matches nothing', () => {
  expect(passwordMatches('correct horse', 'no-hash')).toBe(false)
})
