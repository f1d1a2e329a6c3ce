import { expect, test } from 'vitest'
import { course } from '../../src/courses/course.ts'
import {
  changeRecord,
  createRecord,
  findRecord,
  listRecords,
  removeRecord,
} from '../../src/records/records.ts'
import { addUser, giveProgram, giveSection, openRecords, rejectionOf } from '../records.ts'

const records = openRecords()
const admin = addUser(records, 'program_admin')
const teacher = addUser(records, 'instructor')
giveProgram(records, admin, 1)
giveSection(records, teacher, 2)
const statistics = { program_id: 1, code: 'MATH 301', title: 'Statistics', credits: 6 }

test('seven courses are seeded', () => {
  const chief = addUser(records, 'site_admin', { institutionId: null })
  expect(listRecords(records, course, chief)).toHaveLength(7)
})

test('a program admin adds a course, the eighth', () => {
  expect(createRecord(records, course, admin, statistics)).toMatchObject({ id: 8, ...statistics })
})

test('numbers arrive as text from forms', () => {
  const changed = changeRecord(records, course, admin, 8, { credits: '8' })
  expect(changed['credits']).toBe(8)
})

test.each([
  [0, 'Credits must be 1 or more.'],
  [31, 'Credits must be 30 or less.'],
  ['many', 'Credits must be a whole number.'],
  ['', 'Credits is missing.'],
])('%j credits are refused', (credits, message) => {
  expect(rejectionOf(() => changeRecord(records, course, admin, 8, { credits }))).toEqual({
    status: 422,
    message,
    field: 'credits',
  })
})

test('courses of other programs cannot be opened', () => {
  expect(rejectionOf(() => findRecord(records, course, admin, 4))).toMatchObject({
    status: 403,
    message: 'You have no access to this course.',
  })
  expect(rejectionOf(() => findRecord(records, course, admin, 99)).status).toBe(404)
})

test('an instructor sees the courses taught, and may not change them', () => {
  expect(listRecords(records, course, teacher)).toMatchObject([{ id: 1, code: 'MATH 101' }])
  expect(rejectionOf(() => changeRecord(records, course, teacher, 1, {})).status).toBe(403)
})

test('a course with sections stays, one without goes', () => {
  expect(rejectionOf(() => removeRecord(records, course, admin, 1)).status).toBe(409)
  removeRecord(records, course, admin, 8)
  expect(rejectionOf(() => findRecord(records, course, admin, 8)).status).toBe(404)
})
