import type { Scoped } from './access.ts'
import { assessment } from './assessments/assessment.ts'
import { course } from './courses/course.ts'
import { institution } from './institutions/institution.ts'
import { program } from './programs/program.ts'
import type { Entity } from './records/entity.ts'
import { section } from './sections/section.ts'
import { term } from './terms/term.ts'
import { person } from './users/person.ts'

/** Every kind of record by its table. */
export const entities: Readonly<Record<Scoped, Entity>> = {
  institutions: institution,
  programs: program,
  courses: course,
  terms: term,
  sections: section,
  assessments: assessment,
  users: person,
}
