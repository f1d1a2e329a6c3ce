import { expect, test } from 'vitest'
import { addPerson, verifyPerson } from '../../db/people.ts'
import type { Role } from '../../src/accounts/users.ts'
import { roles } from '../../src/accounts/users.ts'
import { openRecords } from '../records.ts'

const records = openRecords()
const emailOf = (role: Role) => `${role}@example.org`

for (const role of roles) {
  addPerson(records, role, { email: emailOf(role), password: 'correct horse' })
}

test.each(roles)('a %s has what its tests need', (role) => {
  expect(() => verifyPerson(records, role, emailOf(role))).not.toThrow()
})

test('a program admin without a program is found out', () => {
  records.prepare('delete from program_admins').run()
  expect(() => verifyPerson(records, 'program_admin', emailOf('program_admin'))).toThrow(
    'program_admin@example.org lacks a program (at least 1).',
  )
})

test('an instructor without a visible course is found out', () => {
  records.prepare('delete from course_instructors').run()
  expect(() => verifyPerson(records, 'instructor', emailOf('instructor'))).toThrow(
    'instructor@example.org lacks a visible course (at least 1).',
  )
})

test('an instructor without sections too', () => {
  records.prepare('update sections set instructor_id = null').run()
  expect(() => verifyPerson(records, 'instructor', emailOf('instructor'))).toThrow(
    'lacks a section (at least 2) and a visible course (at least 1).',
  )
})

test('an unverified account is none', () => {
  records.prepare('update users set verified_at = null').run()
  expect(() => verifyPerson(records, 'site_admin', emailOf('site_admin'))).toThrow(
    'a verified account',
  )
})
