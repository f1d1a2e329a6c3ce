import type { Database } from '../database.ts'
import type { Switches } from '../switches.ts'
import type { Mailer } from './mailer.ts'
import { outboxMailer } from './outbox-mailer.ts'
import { relayMailer } from './relay-mailer.ts'
import { smtpMailer } from './smtp-mailer.ts'

/** The transport that the environment asks for: SMTP when `SMTP_URL` is set, else the outbox table. */
export function createMailer(
  database: Database,
  switches: Switches,
  smtpUrl: string | undefined,
): Mailer {
  const mailer = smtpUrl ? smtpMailer(smtpUrl) : outboxMailer(database)
  if (switches.mailRelay === undefined) return mailer
  return relayMailer(mailer, switches.mailRelay, switches.mailMs)
}
