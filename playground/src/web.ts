import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { User } from './accounts/users.ts'
import type { Database } from './database.ts'
import type { Mailer } from './mail/mailer.ts'
import { Rejection } from './rejection.ts'
import type { Switches } from './switches.ts'

/** What every request handler can reach. */
export interface Services {
  readonly database: Database
  readonly mailer: Mailer
  readonly switches: Switches
}

/** The types of this app for Hono. */
export interface Web {
  Bindings: Partial<HttpBindings>
  Variables: {
    readonly services: Services
    readonly user: User | undefined
    readonly session: string
  }
}

/**
 * The signed-in user.
 *
 * @throws Rejection 401 when nobody is signed in.
 */
export function signedIn(c: Context<Web>): User {
  const user = c.get('user')
  if (user === undefined) throw new Rejection(401, 'Sign in first.')
  return user
}

/** The number in the path, for example 7 in `/courses/7`. */
export function idOf(c: Context<Web>): number {
  const id = Number(c.req.param('id'))
  if (!Number.isSafeInteger(id) || id < 1) throw new Rejection(404, 'There is no such page.')
  return id
}

/** The JSON body of a request. */
export async function bodyOf(c: Context<Web>): Promise<unknown> {
  try {
    return await c.req.json()
  } catch {
    throw new Rejection(400, 'Send JSON.')
  }
}

/** Fields of a posted form. Missing ones are empty. */
export async function formOf(c: Context<Web>): Promise<(name: string) => string> {
  const form = await c.req.parseBody()
  return (name) => {
    const value = form[name]
    return typeof value === 'string' ? value : ''
  }
}

/** Where the browser reached this app, for links in mails. */
export function originOf(c: Context<Web>): string {
  return new URL(c.req.url).origin
}
