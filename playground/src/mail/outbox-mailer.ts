import type { Database } from '../database.ts'
import type { Mail, Mailer } from './mailer.ts'

/** A mail of the `outbox` table. */
export interface KeptMail extends Mail {
  readonly id: number
  readonly sentAt: string
}

/** Keeps mail in the database instead of sending it. */
export function outboxMailer(database: Database): Mailer {
  return {
    keepsMail: true,
    send({ to, subject, text }) {
      database
        .prepare('insert into outbox (recipient, subject, body) values (?, ?, ?)')
        .run(to, subject, text)
      return Promise.resolve()
    },
  }
}

/** Mail kept for `recipient`, newest first. */
export function keptMail(database: Database, recipient: string): KeptMail[] {
  return database
    .prepare<[string], KeptMail>(
      `select id, recipient as "to", subject, body as text, sent_at as sentAt
       from outbox where recipient = ? order by id desc`,
    )
    .all(recipient)
}
