import { laneTest } from '@isolane/vitest'
import { expect } from 'vitest'
import { unitLanes } from '../../lanes.ts'
import { adminsOf, appoint, candidatesFor } from '../../src/programs/program-admins.ts'
import { program } from '../../src/programs/program.ts'
import { changeRecord, createRecord, listRecords } from '../../src/records/records.ts'
import { addUser, giveProgram, rejectionOf } from '../records.ts'

const test = laneTest(unitLanes, { reset: 'test' })
const law = { institution_id: 1, code: 'LAW', name: 'Law' }

test('an institution admin adds a program', ({ database }) => {
  const records = database.open()
  const admin = addUser(records, 'institution_admin')
  expect(createRecord(records, program, admin, law)).toMatchObject({ id: 5, courses: 0, ...law })
})

test('but not at another institution', ({ database }) => {
  const records = database.open()
  const admin = addUser(records, 'institution_admin')
  const elsewhere = { ...law, institution_id: 2 }
  expect(rejectionOf(() => createRecord(records, program, admin, elsewhere))).toMatchObject({
    status: 403,
    message: 'You have no access to institution 2.',
  })
})

test('codes are unique within an institution', ({ database }) => {
  const records = database.open()
  const admin = addUser(records, 'site_admin', { institutionId: null })
  createRecord(records, program, admin, law)
  expect(rejectionOf(() => createRecord(records, program, admin, law)).status).toBe(409)
  expect(createRecord(records, program, admin, { ...law, institution_id: 2 }).id).toBe(6)
})

test('a program stays at its institution', ({ database }) => {
  const records = database.open()
  const admin = addUser(records, 'site_admin', { institutionId: null })
  const changed = changeRecord(records, program, admin, 1, { institution_id: 2, name: 'Maths' })
  expect(changed).toMatchObject({ institution_id: 1, name: 'Maths' })
})

test('a program admin sees the programs given to them', ({ database }) => {
  const records = database.open()
  const admin = addUser(records, 'program_admin')
  expect(listRecords(records, program, admin)).toEqual([])
  giveProgram(records, admin, 2)
  expect(listRecords(records, program, admin)).toMatchObject([{ id: 2, code: 'HIST' }])
})

test('an institution admin appoints a program admin', ({ database }) => {
  const records = database.open()
  const [chief, admin] = [addUser(records, 'institution_admin'), addUser(records, 'program_admin')]
  appoint(records, chief, 3, admin.id)
  expect(adminsOf(records, 3)).toMatchObject([{ id: admin.id }])
  expect(candidatesFor(records, 3)).toEqual([])
})

test('a program admin of another institution cannot be appointed', ({ database }) => {
  const records = database.open()
  const chief = addUser(records, 'institution_admin')
  const stranger = addUser(records, 'program_admin', { institutionId: 2 })
  expect(rejectionOf(() => appoint(records, chief, 3, stranger.id)).field).toBe('user_id')
  expect(rejectionOf(() => appoint(records, stranger, 4, stranger.id)).status).toBe(403)
})
