import type { Entity } from '../records/entity.ts'

/** A program of study at an institution. */
export const program: Entity = {
  table: 'programs',
  singular: 'program',
  plural: 'programs',
  fields: [
    {
      name: 'institution_id',
      label: 'Institution',
      kind: 'reference',
      to: 'institutions',
      fixed: true,
    },
    { name: 'code', label: 'Code', kind: 'text', max: 12 },
    { name: 'name', label: 'Name', kind: 'text', max: 80 },
  ],
  columns: `institutions.name as institution,
    (select count(*) from courses where program_id = programs.id) as courses`,
  joins: 'join institutions on institutions.id = programs.institution_id',
  order: 'institutions.name, programs.name',
  label: `programs.name || ' (' || institutions.name || ')'`,
  mayCreate: ['site_admin', 'institution_admin'],
  mayChange: ['site_admin', 'institution_admin', 'program_admin'],
  mayRemove: ['site_admin', 'institution_admin'],
}
