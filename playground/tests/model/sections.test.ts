import { expect, test } from 'vitest'
import { course } from '../../src/courses/course.ts'
import { changeRecord, createRecord, listRecords } from '../../src/records/records.ts'
import { section } from '../../src/sections/section.ts'
import { addUser, giveProgram, openRecords, rejectionOf } from '../records.ts'

const records = openRecords()
const admin = addUser(records, 'program_admin')
const teacher = addUser(records, 'instructor')
giveProgram(records, admin, 1)
const third = { course_id: 1, term_id: 2, number: '03', enrolled: 12 }

test('a program admin adds a section, the eighth', () => {
  expect(createRecord(records, section, admin, third)).toMatchObject({
    id: 8,
    code: 'MATH 101',
    instructor_id: null,
    instructor: '',
  })
})

test('its number is taken afterwards', () => {
  expect(rejectionOf(() => createRecord(records, section, admin, third)).status).toBe(409)
})

test('an instructor without a section sees nothing', () => {
  expect(listRecords(records, section, teacher)).toEqual([])
  expect(listRecords(records, course, teacher)).toEqual([])
})

test('giving a section to an instructor shows the course too', () => {
  changeRecord(records, section, admin, 8, { instructor_id: teacher.id })
  expect(listRecords(records, section, teacher)).toMatchObject([
    { id: 8, instructor_id: teacher.id },
  ])
  expect(listRecords(records, course, teacher)).toMatchObject([{ id: 1 }])
})

test('only instructors of the institution teach', () => {
  const stranger = addUser(records, 'instructor', { institutionId: 2, email: 'far@example.org' })
  for (const { id } of [admin, stranger]) {
    const refused = rejectionOf(() =>
      changeRecord(records, section, admin, 8, { instructor_id: id }),
    )
    expect(refused).toMatchObject({ status: 422, field: 'instructor_id' })
  }
})

test('a refused change leaves no trace', () => {
  expect(listRecords(records, section, teacher)).toMatchObject([{ id: 8, enrolled: 12 }])
})

test('the term is one of the same institution', () => {
  const chief = addUser(records, 'site_admin', { institutionId: null })
  const misplaced = { ...third, number: '04', term_id: 3 }
  expect(rejectionOf(() => createRecord(records, section, chief, misplaced)).field).toBe('term_id')
})

test('an unknown instructor is refused', () => {
  const refused = rejectionOf(() => changeRecord(records, section, admin, 8, { instructor_id: 99 }))
  expect(refused.message).toBe('Instructor 99 does not exist.')
})

test('a section can be left without an instructor', () => {
  changeRecord(records, section, admin, 8, { instructor_id: '' })
  expect(listRecords(records, section, teacher)).toEqual([])
})
