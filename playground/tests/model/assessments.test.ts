import { expect, test } from 'vitest'
import { assessment } from '../../src/assessments/assessment.ts'
import {
  changeRecord,
  createRecord,
  findRecord,
  listRecords,
  removeRecord,
} from '../../src/records/records.ts'
import { addUser, giveSection, openRecords, rejectionOf } from '../records.ts'

const records = openRecords()
const teacher = addUser(records, 'instructor')
giveSection(records, teacher, 2)
const quiz = { section_id: 2, title: 'Quiz' }
const change = (body: object) => changeRecord(records, assessment, teacher, 11, body)

test('an instructor adds an assessment, planned at first', () => {
  expect(createRecord(records, assessment, teacher, quiz)).toMatchObject({
    id: 11,
    status: 'planned',
    took: null,
    passed: null,
    notes: '',
  })
})

test('titles are unique within a section', () => {
  expect(rejectionOf(() => createRecord(records, assessment, teacher, quiz)).status).toBe(409)
})

test('not in sections of others', () => {
  const other = { ...quiz, section_id: 3 }
  expect(rejectionOf(() => createRecord(records, assessment, teacher, other)).status).toBe(403)
})

test('results are kept', () => {
  expect(change({ status: 'complete', took: 50, passed: 41 })).toMatchObject({
    status: 'complete',
    took: 50,
    passed: 41,
  })
})

test.each([
  [{ passed: 51 }, 'passed'],
  [{ took: null }, 'passed'],
  [{ took: null, passed: null }, 'took'],
  [{ status: 'failed' }, 'status'],
  [{ took: -1 }, 'took'],
])('%j does not fit', (body, field) => {
  expect(rejectionOf(() => change(body))).toMatchObject({ status: 422, field })
})

test('a refused change leaves the results as they were', () => {
  expect(findRecord(records, assessment, teacher, 11)).toMatchObject({ took: 50, passed: 41 })
})

test('an instructor may not remove one', () => {
  expect(rejectionOf(() => removeRecord(records, assessment, teacher, 11)).status).toBe(403)
})

test('assessments go with their section', () => {
  records.prepare('delete from sections where id = 2').run()
  expect(listRecords(records, assessment, teacher)).toEqual([])
})
