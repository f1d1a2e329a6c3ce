import { expect, test } from 'vitest'
import {
  endSession,
  endSessionsOf,
  sessionMs,
  sessionUser,
  startSession,
} from '../../src/accounts/sessions.ts'
import { addUser, openRecords } from '../records.ts'

const records = openRecords()
const teacher = addUser(records, 'instructor')

test('a session leads to its user', () => {
  expect(sessionUser(records, startSession(records, teacher.id))).toEqual(teacher)
})

test('an unknown session leads to nobody', () => {
  expect(sessionUser(records, 'unknown')).toBeUndefined()
})

test('two sessions have different secrets', () => {
  expect(startSession(records, teacher.id)).not.toBe(startSession(records, teacher.id))
})

test('a session ends after its time', () => {
  const session = startSession(records, teacher.id, 1000)
  expect(sessionUser(records, session, 1000 + sessionMs - 1)).toEqual(teacher)
  expect(sessionUser(records, session, 1000 + sessionMs)).toBeUndefined()
})

test('ended sessions are swept when a new one starts', () => {
  const old = startSession(records, teacher.id, 1000)
  startSession(records, teacher.id)
  expect(records.prepare('select count(*) from sessions where id = ?').pluck().get(old)).toBe(0)
})

test('signing out ends one session', () => {
  const [one, two] = [startSession(records, teacher.id), startSession(records, teacher.id)]
  endSession(records, one)
  expect(sessionUser(records, one)).toBeUndefined()
  expect(sessionUser(records, two)).toEqual(teacher)
})

test('all sessions of a user can be ended', () => {
  const session = startSession(records, teacher.id)
  endSessionsOf(records, teacher.id)
  expect(sessionUser(records, session)).toBeUndefined()
})

test('sessions go with their user', () => {
  startSession(records, teacher.id)
  records.prepare('delete from users where id = ?').run(teacher.id)
  expect(records.prepare('select count(*) from sessions').pluck().get()).toBe(0)
})
