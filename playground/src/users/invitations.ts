import { Hono } from 'hono'
import { invite } from '../accounts/registration.ts'
import type { Role, User } from '../accounts/users.ts'
import { roles } from '../accounts/users.ts'
import { institution } from '../institutions/institution.ts'
import type { Field } from '../records/entity.ts'
import { readInput } from '../records/read-input.ts'
import { findRecord } from '../records/records.ts'
import { Rejection } from '../rejection.ts'
import type { Web } from '../web.ts'
import { bodyOf, originOf, signedIn } from '../web.ts'

const fields: readonly Field[] = [
  { name: 'name', label: 'Name', kind: 'text', max: 80 },
  { name: 'email', label: 'E-mail', kind: 'text', max: 120 },
  { name: 'role', label: 'Role', kind: 'choice', choices: roles },
  { name: 'institution_id', label: 'Institution', kind: 'reference', to: 'institutions' },
]

/** The roles that a user may invite others to. */
export function rolesToInvite(user: User): readonly Role[] {
  switch (user.role) {
    case 'site_admin':
      return roles
    case 'institution_admin':
      return roles.filter((role) => role !== 'site_admin')
    default:
      return []
  }
}

/** `POST /api/invitations`: adds a user without a password and mails a link to choose one. */
export const invitationsApi = new Hono<Web>().post('/', async (c) => {
  const user = signedIn(c)
  const { database, mailer } = c.var.services
  const input = readInput(fields, await bodyOf(c), true)
  const role = input['role'] as Role
  if (!rolesToInvite(user).includes(role)) {
    throw new Rejection(403, 'Your role may not invite people to this role.')
  }
  const home = findRecord(database, institution, user, Number(input['institution_id']))
  const id = await invite(
    { database, mailer, origin: originOf(c) },
    {
      name: String(input['name']),
      email: String(input['email']),
      role,
      institutionId: home.id,
      invitedBy: user.name,
    },
  )
  return c.json({ id }, 201)
})
