import { expect, test } from 'vitest'
import { changeRecord, createRecord, listRecords } from '../../src/records/records.ts'
import { term } from '../../src/terms/term.ts'
import { addUser, openRecords, rejectionOf } from '../records.ts'

const records = openRecords()
const admin = addUser(records, 'institution_admin')
const spring = {
  institution_id: 1,
  name: 'Spring 2027',
  starts_on: '2027-02-01',
  ends_on: '2027-06-11',
}

test('a new term comes first', () => {
  expect(createRecord(records, term, admin, spring)).toMatchObject({ id: 4, sections: 0 })
  expect(listRecords(records, term, admin).map(({ id }) => id)).toEqual([4, 2, 1])
})

test('its name is taken afterwards', () => {
  expect(rejectionOf(() => createRecord(records, term, admin, spring)).status).toBe(409)
})

test('a term ends after it starts', () => {
  const refused = rejectionOf(() =>
    changeRecord(records, term, admin, 4, { ends_on: '2027-02-01' }),
  )
  expect(refused).toEqual({
    status: 422,
    message: 'A term must end after it starts.',
    field: 'ends_on',
  })
})

test.each(['2027-02-30', '1.2.2027', 'soon'])('"%s" is no date', (day) => {
  const refused = rejectionOf(() => changeRecord(records, term, admin, 4, { starts_on: day }))
  expect(refused.message).toBe('Starts on must be a date such as 2026-09-01.')
})

test('a program admin sees terms and may not change them', () => {
  const other = addUser(records, 'program_admin')
  expect(listRecords(records, term, other)).toHaveLength(3)
  expect(rejectionOf(() => changeRecord(records, term, other, 4, {})).status).toBe(403)
})
