import { laneTest } from '@isolane/vitest'
import { expect } from 'vitest'
import { unitLanes } from '../../lanes.ts'
import { institution } from '../../src/institutions/institution.ts'
import { changeRecord, createRecord, listRecords, removeRecord } from '../../src/records/records.ts'
import { addUser, openRecords, rejectionOf } from '../records.ts'

// Every test starts from the seeded database again: all of them add the same institution as number 3.
const test = laneTest(unitLanes, { reset: 'test' })
const records = openRecords()
const eastfield = { name: 'Eastfield', city: 'Easton' }

test('a site admin adds an institution', () => {
  const admin = addUser(records, 'site_admin', { institutionId: null })
  const made = createRecord(records, institution, admin, eastfield)
  expect(made).toEqual({ id: 3, ...eastfield, programs: 0, people: 0 })
})

test('names are unique', () => {
  const admin = addUser(records, 'site_admin', { institutionId: null })
  createRecord(records, institution, admin, eastfield)
  expect(rejectionOf(() => createRecord(records, institution, admin, eastfield))).toMatchObject({
    status: 409,
    message: 'There is an institution of this name already.',
  })
})

test('an institution admin may not add one', () => {
  const admin = addUser(records, 'institution_admin')
  const refused = rejectionOf(() => createRecord(records, institution, admin, eastfield))
  expect(refused).toMatchObject({
    status: 403,
    message: 'Your role may not create institutions.',
  })
})

test('an institution admin changes the own one only', () => {
  const admin = addUser(records, 'institution_admin')
  expect(changeRecord(records, institution, admin, 1, { city: 'Newton' })['city']).toBe('Newton')
  expect(rejectionOf(() => changeRecord(records, institution, admin, 2, {})).status).toBe(403)
})

test('people are counted', () => {
  const admin = addUser(records, 'institution_admin')
  addUser(records, 'instructor')
  expect(listRecords(records, institution, admin)).toMatchObject([{ id: 1, people: 2 }])
})

test('one in use is not removed', () => {
  const admin = addUser(records, 'site_admin', { institutionId: null })
  expect(rejectionOf(() => removeRecord(records, institution, admin, 1))).toMatchObject({
    status: 409,
    message: 'This institution is still in use.',
  })
  createRecord(records, institution, admin, eastfield)
  removeRecord(records, institution, admin, 3)
  expect(listRecords(records, institution, admin)).toHaveLength(2)
})
