import { roles } from '../accounts/users.ts'
import type { Entity } from '../records/entity.ts'

/** A user as other users see one. Users are added by registration or invitation only. */
export const person: Entity = {
  table: 'users',
  singular: 'user',
  plural: 'users',
  fields: [
    { name: 'name', label: 'Name', kind: 'text', max: 80 },
    { name: 'title', label: 'Title', kind: 'text', max: 80, optional: true },
    { name: 'role', label: 'Role', kind: 'choice', choices: roles },
  ],
  own: 'users.id, users.email, users.name, users.title, users.role, users.institution_id, users.created_at',
  columns: `coalesce(institutions.name, '') as institution, users.verified_at is not null as verified`,
  joins: 'left join institutions on institutions.id = users.institution_id',
  order: 'users.name, users.email',
  label: `users.name || ' (' || users.email || ')'`,
  mayCreate: [],
  mayChange: ['site_admin'],
  mayRemove: ['site_admin'],
}
