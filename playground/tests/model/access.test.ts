import { describe, expect, test } from 'vitest'
import type { Scoped } from '../../src/access.ts'
import { visible } from '../../src/access.ts'
import type { User } from '../../src/accounts/users.ts'
import { addUser, giveProgram, giveSection, openRecords } from '../records.ts'

const records = openRecords()
const users = {
  site_admin: addUser(records, 'site_admin', { institutionId: null }),
  institution_admin: addUser(records, 'institution_admin'),
  program_admin: addUser(records, 'program_admin'),
  instructor: addUser(records, 'instructor'),
}
giveProgram(records, users.program_admin, 1)
giveSection(records, users.instructor, 2)

function seen(user: User, table: Scoped): number {
  const { sql, values } = visible(user, table)
  return Number(
    records
      .prepare(`select count(*) from ${table} where ${sql}`)
      .pluck()
      .get(...values),
  )
}

describe.each([
  ['site_admin', [2, 4, 7, 3, 7, 10, 4]],
  ['institution_admin', [1, 3, 6, 2, 6, 9, 3]],
  ['program_admin', [1, 1, 3, 2, 4, 7, 1]],
  ['instructor', [1, 1, 1, 2, 1, 3, 1]],
] as const)('%s', (role, counts) => {
  const tables = [
    'institutions',
    'programs',
    'courses',
    'terms',
    'sections',
    'assessments',
    'users',
  ] as const
  test.each(tables.map((table, index) => [table, counts[index]] as const))(
    'of %s sees %i',
    (table, count) => expect(seen(users[role], table)).toBe(count),
  )
})

test('a section given without its course stays unseen', () => {
  records.prepare('delete from course_instructors').run()
  expect(seen(users.instructor, 'sections')).toBe(0)
  expect(seen(users.instructor, 'assessments')).toBe(0)
})
