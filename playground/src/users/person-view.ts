import { html } from 'hono/html'
import type { Role, User } from '../accounts/users.ts'
import { roleNames } from '../accounts/users.ts'
import { badge, link } from '../pages/parts.ts'
import type { Database } from '../database.ts'
import { dialog, opener, select, textInput } from '../pages/dialog.ts'
import type { Html } from '../pages/layout.ts'
import type { View } from '../pages/record-pages.ts'
import type { Row } from '../records/entity.ts'
import { institution } from '../institutions/institution.ts'
import { optionsOf } from '../records/records.ts'
import { rolesToInvite } from './invitations.ts'
import { person } from './person.ts'

export const personView: View = {
  entity: person,
  intro: 'Everyone with an account.',
  columns: [
    { heading: 'Name', cell: (row) => link('users', row, String(row['name'])) },
    { heading: 'E-mail', cell: (row) => row['email'] ?? '' },
    { heading: 'Role', cell: role },
    { heading: 'Institution', cell: (row) => row['institution'] ?? '' },
    { heading: 'State', cell: (row) => badge(row['verified'] === 1 ? 'verified' : 'invited') },
  ],
  action: invitation,
  title: (row) => String(row['name']),
  subtitle: (row) => String(row['email']),
  facts: (row) => [
    ['Role', role(row)],
    ['Title', row['title'] ?? ''],
    ['Institution', row['institution'] ?? ''],
    ['State', badge(row['verified'] === 1 ? 'verified' : 'invited')],
  ],
}

function role(row: Row): string {
  return roleNames[row['role'] as Role]
}

function invitation(database: Database, user: User): Html | string {
  const roles = rolesToInvite(user)
  if (roles.length === 0) return ''
  const institutions = optionsOf(database, institution, user)
  return html`${opener('invite', 'Invite someone')}${dialog({
    id: 'invite',
    title: 'Invite someone',
    method: 'POST',
    to: '/api/invitations',
    save: 'Send invitation',
    body: [
      textInput('name', 'Name'),
      textInput('email', 'E-mail', '', 'email'),
      select(
        'role',
        'Role',
        roles.map((each) => [each, roleNames[each]] as const),
      ),
      select(
        'institution_id',
        'Institution',
        institutions.map(({ id, label }) => [id, label] as const),
      ),
    ],
  })}`
}
