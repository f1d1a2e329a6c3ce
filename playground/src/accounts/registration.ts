import type { Database } from '../database.ts'
import type { Mailer } from '../mail/mailer.ts'
import { Rejection } from '../rejection.ts'
import { endSessionsOf } from './sessions.ts'
import type { Purpose } from './tokens.ts'
import { issueToken, useToken } from './tokens.ts'
import type { NewUser, Role } from './users.ts'
import { createUser, markVerified, roleNames, setPassword, userByEmail } from './users.ts'

/** What the workflows below need. */
export interface Desk {
  readonly database: Database
  readonly mailer: Mailer
  /** Where links in mails lead, for example `http://127.0.0.1:3002`. */
  readonly origin: string
}

/** Adds an unverified instructor and mails the link that confirms the address. */
export async function register(
  desk: Desk,
  input: {
    readonly name: string
    readonly email: string
    readonly password: string
    readonly institutionId: number
  },
): Promise<number> {
  const { database, mailer, origin } = desk
  const id = createUser(database, { ...input, role: 'instructor' })
  await mailer.send({
    to: input.email,
    subject: 'Confirm your e-mail address',
    text: `Hello ${input.name},\n\nopen this link to finish your registration:\n${origin}/verify?token=${issueToken(database, id, 'verify')}\n`,
  })
  return id
}

/** @throws Rejection 400 when the link is used up or too old. */
export function confirmAddress(database: Database, token: string): number {
  const id = redeem(database, token, 'verify')
  markVerified(database, id)
  return id
}

/** Mails a link to choose a new password. Says nothing about whether the address is known. */
export async function requestReset(desk: Desk, email: string): Promise<void> {
  const user = userByEmail(desk.database, email)
  if (user === undefined) return
  await desk.mailer.send({
    to: user.email,
    subject: 'Choose a new password',
    text: `Hello ${user.name},\n\nopen this link to choose a new password:\n${desk.origin}/reset?token=${issueToken(desk.database, user.id, 'reset')}\n\nIf you did not ask for it, ignore this mail.\n`,
  })
}

/** Sets the password that a reset or invitation link allows and ends all sessions of the user. */
export function choosePassword(
  database: Database,
  token: string,
  purpose: 'reset' | 'invite',
  password: string,
): number {
  return database.transaction(() => {
    const id = redeem(database, token, purpose)
    setPassword(database, id, password)
    markVerified(database, id)
    endSessionsOf(database, id)
    return id
  })()
}

/** Adds a user without a password and mails a link to choose one. */
export async function invite(
  desk: Desk,
  input: NewUser & { readonly invitedBy: string },
): Promise<number> {
  const { invitedBy, ...user } = input
  const id = createUser(desk.database, user)
  await desk.mailer.send({
    to: user.email,
    subject: `You are invited as ${article(user.role)}`,
    text: `Hello ${user.name},\n\n${invitedBy} invites you to Course Records. Choose a password here:\n${desk.origin}/invite?token=${issueToken(desk.database, id, 'invite')}\n`,
  })
  return id
}

function article(role: Role): string {
  const name = roleNames[role].toLowerCase()
  return `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`
}

function redeem(database: Database, token: string, purpose: Purpose): number {
  const id = useToken(database, token, purpose)
  if (id === undefined) {
    throw new Rejection(400, 'This link has been used or is too old. Ask for a new one.')
  }
  return id
}
