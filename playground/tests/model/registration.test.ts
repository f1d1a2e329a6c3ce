import { beforeEach, describe, expect, test } from 'vitest'
import {
  choosePassword,
  confirmAddress,
  invite,
  register,
  requestReset,
} from '../../src/accounts/registration.ts'
import { sessionUser, startSession } from '../../src/accounts/sessions.ts'
import { userByEmail, userById, userByPassword } from '../../src/accounts/users.ts'
import { collectingMailer, openRecords, rejectionOf, tokenIn } from '../records.ts'

const records = openRecords()
const input = {
  name: 'Ada Byron',
  email: 'ada@example.org',
  password: 'correct horse',
  institutionId: 1,
}
let mailer = collectingMailer()
let desk = { database: records, mailer, origin: 'http://records.test' }

beforeEach(() => {
  records.exec('delete from users')
  mailer = collectingMailer()
  desk = { ...desk, mailer }
})

describe('registration', () => {
  test('adds an unverified instructor', async () => {
    const id = await register(desk, input)
    expect(userById(records, id)).toMatchObject({ role: 'instructor', verified: false })
  })

  test('mails one link', async () => {
    await register(desk, input)
    expect(mailer.mails).toMatchObject([
      { to: 'ada@example.org', subject: 'Confirm your e-mail address' },
    ])
    expect(mailer.mails[0]?.text).toContain('http://records.test/verify?token=')
  })

  test('is finished by the link', async () => {
    const id = await register(desk, input)
    expect(confirmAddress(records, tokenIn(mailer.mails[0]))).toBe(id)
    expect(userById(records, id)?.verified).toBe(true)
  })

  test('sends nothing when it is refused', async () => {
    await expect(register(desk, { ...input, password: 'short' })).rejects.toThrow('characters')
    expect(mailer.mails).toEqual([])
    expect(userByEmail(records, input.email)).toBeUndefined()
  })

  test('does not take a link twice', async () => {
    await register(desk, input)
    const token = tokenIn(mailer.mails[0])
    confirmAddress(records, token)
    expect(rejectionOf(() => confirmAddress(records, token)).status).toBe(400)
  })
})

describe('password reset', () => {
  test('sets the password and ends all sessions', async () => {
    const id = await register(desk, input)
    const session = startSession(records, id)
    await requestReset(desk, 'ADA@example.org')
    choosePassword(records, tokenIn(mailer.mails[1]), 'reset', 'battery staple')
    expect(userByPassword(records, input.email, 'battery staple')?.id).toBe(id)
    expect(sessionUser(records, session)).toBeUndefined()
  })

  test('keeps the link when the password is too short', async () => {
    await register(desk, input)
    await requestReset(desk, input.email)
    const token = tokenIn(mailer.mails[1])
    expect(rejectionOf(() => choosePassword(records, token, 'reset', 'short')).status).toBe(422)
    expect(choosePassword(records, token, 'reset', 'battery staple')).toBeGreaterThan(0)
  })

  test('says nothing about unknown addresses', async () => {
    await requestReset(desk, 'nobody@example.org')
    expect(mailer.mails).toEqual([])
  })
})

describe('invitation', () => {
  test('lets the guest choose a password and verifies the address', async () => {
    const id = await invite(desk, {
      name: 'Grace',
      email: 'grace@example.org',
      role: 'program_admin',
      institutionId: 1,
      invitedBy: 'Ada',
    })
    expect(mailer.mails[0]?.subject).toBe('You are invited as a program admin')
    choosePassword(records, tokenIn(mailer.mails[0]), 'invite', 'battery staple')
    expect(userById(records, id)).toMatchObject({ role: 'program_admin', verified: true })
  })
})
