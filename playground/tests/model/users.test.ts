import { expect, test } from 'vitest'
import {
  createUser,
  setPassword,
  updateProfile,
  userByEmail,
  userById,
  userByPassword,
} from '../../src/accounts/users.ts'
import { addUser, openRecords, rejectionOf } from '../records.ts'

const records = openRecords()
const teacher = addUser(records, 'instructor')

test('a user is found by number and address', () => {
  expect(userById(records, teacher.id)).toEqual(teacher)
  expect(userByEmail(records, 'instructor@example.org')).toEqual(teacher)
})

test('addresses ignore case and spaces', () => {
  expect(userByEmail(records, ' Instructor@Example.ORG ')).toEqual(teacher)
})

test('an address has one account', () => {
  expect(rejectionOf(() => addUser(records, 'instructor'))).toEqual({
    status: 409,
    message: 'instructor@example.org has an account already.',
    field: 'email',
  })
})

test.each(['', 'name', 'name@host', 'two words@example.org'])('"%s" is no address', (email) => {
  expect(rejectionOf(() => addUser(records, 'instructor', { email })).field).toBe('email')
})

test('a name is needed', () => {
  const refused = rejectionOf(() =>
    addUser(records, 'instructor', { email: 'new@example.org', name: '  ' }),
  )
  expect(refused).toEqual({ status: 422, message: 'Enter a name.', field: 'name' })
})

test('a short password is refused', () => {
  const refused = rejectionOf(() =>
    addUser(records, 'instructor', { email: 'new@example.org', password: 'short' }),
  )
  expect(refused).toEqual({ status: 422, message: 'Use 8 characters or more.', field: 'password' })
})

test('only the right password gives the user', () => {
  expect(userByPassword(records, teacher.email, 'correct horse')).toEqual(teacher)
  expect(userByPassword(records, teacher.email, 'wrong horse')).toBeUndefined()
  expect(userByPassword(records, 'nobody@example.org', 'correct horse')).toBeUndefined()
})

test('a user without a password cannot be signed in', () => {
  createUser(records, {
    email: 'invited@example.org',
    name: 'Invited',
    role: 'instructor',
    institutionId: 1,
  })
  expect(userByPassword(records, 'invited@example.org', '')).toBeUndefined()
})

test('a changed password replaces the old one', () => {
  setPassword(records, teacher.id, 'battery staple')
  expect(userByPassword(records, teacher.email, 'correct horse')).toBeUndefined()
  expect(userByPassword(records, teacher.email, 'battery staple')).toEqual(teacher)
})

test('a profile keeps its name trimmed', () => {
  updateProfile(records, teacher.id, { name: '  Ines ', title: 'Reader' })
  expect(userById(records, teacher.id)).toMatchObject({ name: 'Ines', title: 'Reader' })
})

test('only site admins belong to no institution', () => {
  expect(() =>
    addUser(records, 'program_admin', { institutionId: null, email: 'new@example.org' }),
  ).toThrow('CHECK')
  expect(addUser(records, 'site_admin', { institutionId: null }).institutionId).toBeNull()
})
