import { Hono } from 'hono'
import { html, raw } from 'hono/html'
import { page } from '../pages/layout.ts'
import { heading } from '../pages/parts.ts'
import { Rejection } from '../rejection.ts'
import type { Web } from '../web.ts'
import { keptMail } from './outbox-mailer.ts'

/** `/mail?to=…` shows mail that this installation keeps instead of sending it. */
export const mailPages = new Hono<Web>().get('/mail', (c) => {
  const { database, mailer } = c.var.services
  if (!mailer.keepsMail) throw new Rejection(404, 'There is no such page.')
  const to = c.req.query('to') ?? ''
  const mails = keptMail(database, to)
  return c.html(
    page({
      title: 'Mailbox',
      user: c.get('user'),
      content: html`<div class="wide-card">
        ${heading('Mailbox', to)}
        ${mails.length === 0 ? html`<p class="empty">No mail yet.</p>` : ''}
        ${mails.map(
          ({ subject, text, sentAt }) =>
            html`<article class="card mail">
              <h2>${subject}</h2>
              <small>${sentAt}</small>
              <p>${linked(text)}</p>
            </article>`,
        )}
      </div>`,
    }),
  )
})

function linked(text: string): unknown[] {
  return text
    .split(/(https?:\/\/\S+)/)
    .map((part, index) =>
      index % 2 === 1
        ? html`<a href="${part}">${part}</a>`
        : part.split('\n').map((line, at) => html`${at === 0 ? '' : raw('<br>')}${line}`),
    )
}
