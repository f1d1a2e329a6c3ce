import type { Entity } from '../records/entity.ts'
import { Rejection } from '../rejection.ts'

/** A term of an institution's year. */
export const term: Entity = {
  table: 'terms',
  singular: 'term',
  plural: 'terms',
  fields: [
    {
      name: 'institution_id',
      label: 'Institution',
      kind: 'reference',
      to: 'institutions',
      fixed: true,
    },
    { name: 'name', label: 'Name', kind: 'text', max: 40 },
    { name: 'starts_on', label: 'Starts on', kind: 'date' },
    { name: 'ends_on', label: 'Ends on', kind: 'date' },
  ],
  columns: `institutions.name as institution,
    (select count(*) from sections where term_id = terms.id) as sections`,
  joins: 'join institutions on institutions.id = terms.institution_id',
  order: 'terms.starts_on desc, terms.name',
  label: `terms.name || ' (' || institutions.name || ')'`,
  mayCreate: ['site_admin', 'institution_admin'],
  mayChange: ['site_admin', 'institution_admin'],
  mayRemove: ['site_admin', 'institution_admin'],
  check({ starts_on: start, ends_on: end }) {
    if (String(start) < String(end)) return
    throw new Rejection(422, 'A term must end after it starts.', 'ends_on')
  },
}
