import type { Entity } from '../records/entity.ts'
import { Rejection } from '../rejection.ts'

const statuses = ['planned', 'in progress', 'complete'] as const

/** An examination, project or paper of a section, and how many passed it. */
export const assessment: Entity = {
  table: 'assessments',
  singular: 'assessment',
  plural: 'assessments',
  fields: [
    { name: 'section_id', label: 'Section', kind: 'reference', to: 'sections', fixed: true },
    { name: 'title', label: 'Title', kind: 'text', max: 80 },
    { name: 'status', label: 'Status', kind: 'choice', choices: statuses },
    { name: 'took', label: 'Students assessed', kind: 'integer', optional: true },
    { name: 'passed', label: 'Students passed', kind: 'integer', optional: true },
    { name: 'notes', label: 'Notes', kind: 'long', max: 2000 },
  ],
  columns: `courses.code as code, sections.number as number, terms.name as term`,
  joins: `join sections on sections.id = assessments.section_id
    join courses on courses.id = sections.course_id join terms on terms.id = sections.term_id`,
  order: 'courses.code, sections.number, assessments.id',
  label: 'assessments.title',
  mayCreate: ['site_admin', 'institution_admin', 'program_admin', 'instructor'],
  mayChange: ['site_admin', 'institution_admin', 'program_admin', 'instructor'],
  mayRemove: ['site_admin', 'institution_admin', 'program_admin'],
  check({ status, took, passed }) {
    if (passed !== null && (took === null || Number(passed) > Number(took))) {
      throw new Rejection(422, 'More students passed than were assessed.', 'passed')
    }
    if (status === 'complete' && (took === null || passed === null)) {
      throw new Rejection(422, 'A complete assessment needs its results.', 'took')
    }
  },
}
