import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { unitLanes } from '../../lanes.ts'
import { keptMail, outboxMailer } from '../../src/mail/outbox-mailer.ts'
import { queued, relayMailer } from '../../src/mail/relay-mailer.ts'
import { openRecords } from '../records.ts'

const records = openRecords()
const directory = join(unitLanes.current().tempDir.path, 'relay')
const to = 'ada@example.org'
const newMailer = () => relayMailer(outboxMailer(records), directory, 5)
const subjects = () => keptMail(records, to).map(({ subject }) => subject)

test('two servers deliver in the order of sending', async () => {
  const [one, two] = [newMailer(), newMailer()]
  await one.send({ to, subject: 'One', text: '' })
  await two.send({ to, subject: 'Two', text: '' })
  await one.send({ to, subject: 'Three', text: '' })
  expect(subjects()).toEqual([])
  await expect.poll(subjects, { timeout: 5000 }).toEqual(['Three', 'Two', 'One'])
})

test('a withdrawn mail is not delivered', async () => {
  const mailer = newMailer()
  await mailer.send({ to, subject: 'Four', text: '' })
  await mailer.send({ to, subject: 'Five', text: '' })
  rmSync(join(directory, queued(directory)[1] ?? ''))
  await mailer.send({ to, subject: 'Six', text: '' })
  await expect.poll(subjects, { timeout: 5000 }).toEqual(['Six', 'Four', 'Three', 'Two', 'One'])
})

test('tickets of servers that are gone do not block the queue', () => {
  const ticket = join(directory, `${'0'.repeat(20)}-0-4194305.ticket`)
  writeFileSync(ticket, to)
  expect(queued(directory)).toEqual([])
  expect(existsSync(ticket)).toBe(false)
  expect(readdirSync(directory)).toEqual([])
})
