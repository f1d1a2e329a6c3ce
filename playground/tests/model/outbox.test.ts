import { expect, test } from 'vitest'
import { keptMail, outboxMailer } from '../../src/mail/outbox-mailer.ts'
import { openRecords } from '../records.ts'

const records = openRecords()
const mailer = outboxMailer(records)
const to = 'ada@example.org'

test('mail is kept', async () => {
  await mailer.send({ to, subject: 'One', text: 'First' })
  expect(keptMail(records, to)).toMatchObject([{ id: 1, to, subject: 'One', text: 'First' }])
})

test('the newest comes first', async () => {
  await mailer.send({ to, subject: 'Two', text: 'Second' })
  expect(keptMail(records, to).map(({ subject }) => subject)).toEqual(['Two', 'One'])
})

test('addresses ignore case', () => {
  expect(keptMail(records, 'ADA@example.org')).toHaveLength(2)
})

test('mail of others is not shown', () => {
  expect(keptMail(records, 'grace@example.org')).toEqual([])
})
