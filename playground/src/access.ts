import type { User } from './accounts/users.ts'

/** Tables whose rows are seen by some and not by others. */
export type Scoped =
  | 'institutions'
  | 'programs'
  | 'courses'
  | 'terms'
  | 'sections'
  | 'assessments'
  | 'users'

/** A condition on the rows of a table, and the values for its placeholders. */
export interface Condition {
  readonly sql: string
  readonly values: readonly (number | null)[]
}

const everything: Condition = { sql: '1', values: [] }

/** The rows of `table` that `user` sees, as an SQL condition. */
export function visible(user: User, table: Scoped): Condition {
  if (user.role === 'site_admin') return everything
  switch (table) {
    case 'institutions':
      return { sql: 'institutions.id = ?', values: [user.institutionId] }
    case 'terms':
      return { sql: 'terms.institution_id = ?', values: [user.institutionId] }
    case 'users':
      return user.role === 'institution_admin'
        ? { sql: 'users.institution_id = ?', values: [user.institutionId] }
        : { sql: 'users.id = ?', values: [user.id] }
    case 'programs':
      return programs(user)
    case 'courses':
      return user.role === 'instructor'
        ? {
            sql: 'courses.id in (select course_id from course_instructors where user_id = ?)',
            values: [user.id],
          }
        : within('courses.program_id', 'programs', programs(user))
    case 'sections': {
      const { sql, values } = within('sections.course_id', 'courses', visible(user, 'courses'))
      return user.role === 'instructor'
        ? { sql: `sections.instructor_id = ? and ${sql}`, values: [user.id, ...values] }
        : { sql, values }
    }
    case 'assessments':
      return within('assessments.section_id', 'sections', visible(user, 'sections'))
  }
}

function programs(user: User): Condition {
  switch (user.role) {
    case 'institution_admin':
      return { sql: 'programs.institution_id = ?', values: [user.institutionId] }
    case 'program_admin':
      return {
        sql: 'programs.id in (select program_id from program_admins where user_id = ?)',
        values: [user.id],
      }
    default:
      return within('programs.id', 'courses', visible(user, 'courses'), 'program_id')
  }
}

function within(column: string, table: string, condition: Condition, key = 'id'): Condition {
  return {
    sql: `${column} in (select ${table}.${key} from ${table} where ${condition.sql})`,
    values: condition.values,
  }
}
