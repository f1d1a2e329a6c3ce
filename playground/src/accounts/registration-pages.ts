import { Hono } from 'hono'
import { html } from 'hono/html'
import { select, textInput } from '../pages/dialog.ts'
import type { Html } from '../pages/layout.ts'
import { Rejection } from '../rejection.ts'
import type { Services, Web } from '../web.ts'
import { formOf, originOf } from '../web.ts'
import { card, form } from './card.ts'
import { choosePassword, confirmAddress, register, requestReset } from './registration.ts'
import { signIn } from './sign-in-pages.ts'

/** Registration, confirmation, password reset and accepting an invitation. */
export const registrationPages = new Hono<Web>()
  .get('/register', (c) => c.html(registerCard(c.var.services)))
  .post('/register', async (c) => {
    const { database, mailer } = c.var.services
    const field = await formOf(c)
    const input = { name: field('name'), email: field('email'), password: field('password') }
    try {
      const institutionId = Number(field('institution_id'))
      await register({ database, mailer, origin: originOf(c) }, { ...input, institutionId })
    } catch (error) {
      return c.html(registerCard(c.var.services, input, problemOf(error)), 422)
    }
    return c.html(sentCard(c.var.services, 'Almost done', input.email))
  })
  .get('/verify', (c) => {
    const id = confirmAddress(c.var.services.database, c.req.query('token') ?? '')
    signIn(c, id)
    return c.redirect('/profile')
  })
  .get('/forgot', (c) =>
    c.html(
      card(
        'Forgot your password?',
        'We mail you a link to choose a new one.',
        form('/forgot', textInput('email', 'E-mail', '', 'email'), 'Send the link'),
        [['/sign-in', 'Back to sign in']],
      ),
    ),
  )
  .post('/forgot', async (c) => {
    const { database, mailer } = c.var.services
    const email = (await formOf(c))('email')
    await requestReset({ database, mailer, origin: originOf(c) }, email)
    return c.html(sentCard(c.var.services, 'Check your mail', email))
  })
  .get('/:purpose{reset|invite}', (c) => {
    const purpose = c.req.param('purpose') === 'reset' ? 'reset' : 'invite'
    return c.html(passwordCard(purpose, c.req.query('token') ?? ''))
  })
  .post('/:purpose{reset|invite}', async (c) => {
    const purpose = c.req.param('purpose') === 'reset' ? 'reset' : 'invite'
    const field = await formOf(c)
    const { database } = c.var.services
    if (field('password') !== field('again')) {
      return c.html(passwordCard(purpose, field('token'), 'The two passwords differ.'), 422)
    }
    try {
      signIn(c, choosePassword(database, field('token'), purpose, field('password')))
    } catch (error) {
      return c.html(passwordCard(purpose, field('token'), problemOf(error)), 422)
    }
    return c.redirect('/profile')
  })

function registerCard({ database }: Services, input = { name: '', email: '' }, problem = ''): Html {
  const institutions = database
    .prepare<[], { id: number; name: string }>('select id, name from institutions order by name')
    .all()
  return card(
    'Create an account',
    'For instructors. Other roles are invited by their institution.',
    form(
      '/register',
      [
        textInput('name', 'Name', input.name),
        textInput('email', 'E-mail', input.email, 'email'),
        select(
          'institution_id',
          'Institution',
          institutions.map(({ id, name }) => [id, name] as const),
        ),
        textInput('password', 'Password', '', 'password'),
      ],
      'Create account',
      problem,
    ),
    [['/sign-in', 'Back to sign in']],
  )
}

function sentCard({ mailer }: Services, title: string, email: string): Html {
  return card(
    title,
    html`We have sent a mail to <strong>${email}</strong>. Open the link in it to go on.`,
    mailer.keepsMail
      ? html`<p class="note">
          This installation keeps its mail:
          <a href="/mail?to=${encodeURIComponent(email)}">open the mailbox</a>.
        </p>`
      : '',
    [['/sign-in', 'Back to sign in']],
  )
}

function passwordCard(purpose: 'reset' | 'invite', token: string, problem = ''): Html {
  return card(
    purpose === 'reset' ? 'Choose a new password' : 'Welcome',
    'Use eight characters or more.',
    form(
      `/${purpose}`,
      [
        html`<input type="hidden" name="token" value="${token}" />`,
        textInput('password', 'Password', '', 'password'),
        textInput('again', 'Password again', '', 'password'),
      ],
      'Save password',
      problem,
    ),
  )
}

function problemOf(error: unknown): string {
  if (error instanceof Rejection) return error.message
  throw error
}
