import type { Entity } from '../records/entity.ts'
import { Rejection } from '../rejection.ts'

interface Home {
  readonly institution: number
  readonly term: number
  readonly teacher: number | null
  readonly role: string | null
}

/** A course taught in one term by one instructor. */
export const section: Entity = {
  table: 'sections',
  singular: 'section',
  plural: 'sections',
  fields: [
    { name: 'course_id', label: 'Course', kind: 'reference', to: 'courses', fixed: true },
    { name: 'term_id', label: 'Term', kind: 'reference', to: 'terms', fixed: true },
    { name: 'number', label: 'Number', kind: 'text', max: 8 },
    { name: 'instructor_id', label: 'Instructor', kind: 'reference', to: 'users', optional: true },
    { name: 'enrolled', label: 'Enrolled', kind: 'integer', min: 0, max: 2000 },
  ],
  columns: `courses.code as code, courses.title as title, terms.name as term,
    coalesce(users.name, '') as instructor,
    (select count(*) from assessments where section_id = sections.id) as assessments,
    (select count(*) from assessments where section_id = sections.id and status = 'complete') as complete`,
  joins: `join courses on courses.id = sections.course_id join terms on terms.id = sections.term_id
    left join users on users.id = sections.instructor_id`,
  order: 'terms.starts_on desc, courses.code, sections.number',
  label: `courses.code || '-' || sections.number || ', ' || terms.name`,
  mayCreate: ['site_admin', 'institution_admin', 'program_admin'],
  mayChange: ['site_admin', 'institution_admin', 'program_admin'],
  mayRemove: ['site_admin', 'institution_admin', 'program_admin'],
  saved(database, id) {
    const home = database
      .prepare<[number], Home>(
        `select programs.institution_id as institution, terms.institution_id as term,
           users.institution_id as teacher, users.role
         from sections join courses on courses.id = course_id
         join programs on programs.id = program_id join terms on terms.id = term_id
         left join users on users.id = instructor_id where sections.id = ?`,
      )
      .get(id)
    if (home?.term !== home?.institution) {
      throw new Rejection(422, 'The term is of another institution than the course.', 'term_id')
    }
    if (home?.role === null) return
    if (home?.role !== 'instructor' || home.teacher !== home.institution) {
      throw new Rejection(
        422,
        'Only an instructor of the same institution can teach a section.',
        'instructor_id',
      )
    }
    database
      .prepare(
        `insert or ignore into course_instructors (course_id, user_id)
         select course_id, instructor_id from sections where id = ?`,
      )
      .run(id)
  },
}
