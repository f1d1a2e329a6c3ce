import type { Context } from 'hono'
import { Hono } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import { textInput } from '../pages/dialog.ts'
import type { Html } from '../pages/layout.ts'
import type { Web } from '../web.ts'
import { formOf } from '../web.ts'
import { card, form } from './card.ts'
import { endSession, sessionMs, startSession } from './sessions.ts'
import { userByPassword } from './users.ts'

/** The cookie that holds the session's secret. */
export const sessionCookie = 'course_records_session'

/** Signing in and out. */
export const signInPages = new Hono<Web>()
  .get('/sign-in', (c) => c.html(signInCard(localPath(c.req.query('next')))))
  .post('/sign-in', async (c) => {
    const field = await formOf(c)
    const next = localPath(c.req.query('next'))
    const user = userByPassword(c.var.services.database, field('email'), field('password'))
    if (user === undefined) {
      return c.html(
        signInCard(next, field('email'), 'E-mail and password do not belong together.'),
        422,
      )
    }
    if (!user.verified) {
      return c.html(signInCard(next, user.email, 'Confirm your e-mail address first.'), 422)
    }
    signIn(c, user.id)
    return c.redirect(next)
  })
  .post('/sign-out', (c) => {
    endSession(c.var.services.database, c.get('session'))
    deleteCookie(c, sessionCookie)
    return c.redirect('/sign-in')
  })

/** Starts a session and sets its cookie. */
export function signIn(c: Context<Web>, userId: number): void {
  setCookie(c, sessionCookie, startSession(c.var.services.database, userId), {
    httpOnly: true,
    sameSite: 'Lax',
    path: '/',
    maxAge: sessionMs / 1000,
  })
}

/** `path` when it stays on this site, else the dashboard. */
function localPath(path: string | undefined): string {
  return path !== undefined && /^\/(?![/\\])/.test(path) ? path : '/dashboard'
}

function signInCard(next: string, email = '', problem = ''): Html {
  return card(
    'Sign in',
    'Programs, sections and assessments of your institution.',
    form(
      `/sign-in?next=${encodeURIComponent(next)}`,
      [
        textInput('email', 'E-mail', email, 'email'),
        textInput('password', 'Password', '', 'password'),
      ],
      'Sign in',
      problem,
    ),
    [
      ['/register', 'Create an account'],
      ['/forgot', 'Forgot your password?'],
    ],
  )
}
