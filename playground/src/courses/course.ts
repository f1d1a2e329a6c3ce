import type { Entity } from '../records/entity.ts'

/** A course of a program; it is taught in sections. */
export const course: Entity = {
  table: 'courses',
  singular: 'course',
  plural: 'courses',
  fields: [
    { name: 'program_id', label: 'Program', kind: 'reference', to: 'programs', fixed: true },
    { name: 'code', label: 'Code', kind: 'text', max: 12 },
    { name: 'title', label: 'Title', kind: 'text', max: 80 },
    { name: 'credits', label: 'Credits', kind: 'integer', min: 1, max: 30 },
  ],
  columns: `programs.name as program,
    (select count(*) from sections where course_id = courses.id) as sections`,
  joins: 'join programs on programs.id = courses.program_id',
  order: 'courses.code',
  label: `courses.code || ' ' || courses.title`,
  mayCreate: ['site_admin', 'institution_admin', 'program_admin'],
  mayChange: ['site_admin', 'institution_admin', 'program_admin'],
  mayRemove: ['site_admin', 'institution_admin', 'program_admin'],
}
