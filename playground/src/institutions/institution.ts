import type { Entity } from '../records/entity.ts'

/** A college or university. */
export const institution: Entity = {
  table: 'institutions',
  singular: 'institution',
  plural: 'institutions',
  fields: [
    { name: 'name', label: 'Name', kind: 'text', max: 80 },
    { name: 'city', label: 'City', kind: 'text', max: 80 },
  ],
  columns: `(select count(*) from programs where institution_id = institutions.id) as programs,
    (select count(*) from users where institution_id = institutions.id) as people`,
  joins: '',
  order: 'institutions.name',
  label: 'institutions.name',
  mayCreate: ['site_admin'],
  mayChange: ['site_admin', 'institution_admin'],
  mayRemove: ['site_admin'],
}
