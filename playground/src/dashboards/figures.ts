import { visible } from '../access.ts'
import type { Scoped } from '../access.ts'
import type { User } from '../accounts/users.ts'
import type { Database } from '../database.ts'

/** One number of a dashboard. */
export interface Figure {
  readonly label: string
  readonly value: number
  readonly path: string
}

/** One line of the results: a course and how its students did. */
export interface Result {
  readonly code: string
  readonly title: string
  readonly assessments: number
  readonly complete: number
  readonly took: number
  readonly passed: number
}

/** An assessment that waits for its results. */
export interface Task {
  readonly id: number
  readonly title: string
  readonly section: string
  readonly status: string
}

const counted: Readonly<Record<User['role'], readonly (readonly [string, Scoped])[]>> = {
  site_admin: [
    ['Institutions', 'institutions'],
    ['Programs', 'programs'],
    ['Courses', 'courses'],
    ['People', 'users'],
  ],
  institution_admin: [
    ['Programs', 'programs'],
    ['Courses', 'courses'],
    ['Sections', 'sections'],
    ['People', 'users'],
  ],
  program_admin: [
    ['Programs', 'programs'],
    ['Courses', 'courses'],
    ['Sections', 'sections'],
    ['Assessments', 'assessments'],
  ],
  instructor: [
    ['Courses', 'courses'],
    ['Sections', 'sections'],
    ['Assessments', 'assessments'],
  ],
}

/** How many records of each kind `user` sees. */
export function figuresFor(database: Database, user: User): Figure[] {
  return counted[user.role].map(([label, table]) => {
    const { sql, values } = visible(user, table)
    const value = database
      .prepare<unknown[], number>(`select count(*) from ${table} where ${sql}`)
      .pluck()
      .get(...values)
    return { label, value: value ?? 0, path: `/${table}` }
  })
}

/** Results of the courses that `user` sees, by course code. */
export function resultsFor(database: Database, user: User): Result[] {
  const { sql, values } = visible(user, 'sections')
  return database
    .prepare<unknown[], Result>(
      `select courses.code, courses.title, count(assessments.id) as assessments,
         count(assessments.id) filter (where status = 'complete') as complete,
         coalesce(sum(took) filter (where status = 'complete'), 0) as took,
         coalesce(sum(passed) filter (where status = 'complete'), 0) as passed
       from sections join courses on courses.id = sections.course_id
       left join assessments on assessments.section_id = sections.id
       where ${sql} group by courses.id order by courses.code`,
    )
    .all(...values)
}

/** Assessments that `user` sees and that are not complete, at most eight. */
export function tasksFor(database: Database, user: User): Task[] {
  const { sql, values } = visible(user, 'assessments')
  return database
    .prepare<unknown[], Task>(
      `select assessments.id, assessments.title, assessments.status,
         courses.code || '-' || sections.number as section
       from assessments join sections on sections.id = assessments.section_id
       join courses on courses.id = sections.course_id
       where status <> 'complete' and ${sql} order by courses.code, assessments.id limit 8`,
    )
    .all(...values)
}
