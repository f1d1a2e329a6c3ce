import { createTransport } from 'nodemailer'
import type { Mailer } from './mailer.ts'

/** Sends mail to the SMTP server that `url` names, for example `smtp://127.0.0.1:1025`. */
export function smtpMailer(url: string): Mailer {
  const transport = createTransport(url)
  return {
    keepsMail: false,
    async send(mail) {
      await transport.sendMail({ from: 'Course Records <records@playground.test>', ...mail })
    },
  }
}
