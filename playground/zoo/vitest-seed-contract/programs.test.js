import { expect, test } from 'vitest'
import { accountOf } from './accounts.js'

test('lists programs', () => {
  expect(accountOf('program_admin').program).toBeDefined()
})

test('renames a program', () => {
  expect(accountOf('program_admin').program).toBeDefined()
})

test('needs no account', () => {})
