import type { Database } from '../src/database.ts'

/** Where the accounts of a lane belong. */
export const home = 'Northfield College'

const institutions = [
  [home, 'Northfield'],
  ['Southgate Institute', 'Southgate'],
] as const

const programs = [
  [1, 'MATH', 'Mathematics'],
  [1, 'HIST', 'History'],
  [1, 'NURS', 'Nursing'],
  [2, 'CHEM', 'Chemistry'],
] as const

const courses = [
  [1, 'MATH 101', 'Calculus I', 8],
  [1, 'MATH 102', 'Calculus II', 8],
  [1, 'MATH 210', 'Linear Algebra', 6],
  [2, 'HIST 120', 'Europe since 1789', 6],
  [2, 'HIST 240', 'Reading Archives', 4],
  [3, 'NURS 110', 'Patient Care', 10],
  [4, 'CHEM 101', 'General Chemistry', 8],
] as const

const terms = [
  [1, 'Spring 2026', '2026-02-02', '2026-06-12'],
  [1, 'Autumn 2026', '2026-09-01', '2026-12-18'],
  [2, 'Autumn 2026', '2026-09-07', '2026-12-11'],
] as const

const sections = [
  [1, 1, '01', 48],
  [1, 2, '01', 52],
  [1, 2, '02', 37],
  [3, 2, '01', 31],
  [4, 2, '01', 64],
  [6, 2, '01', 22],
  [7, 3, '01', 40],
] as const

const assessments = [
  [1, 'Midterm examination', 'complete', 47, 39],
  [1, 'Final examination', 'complete', 45, 36],
  [2, 'Midterm examination', 'complete', 50, 44],
  [2, 'Project', 'in progress', null, null],
  [2, 'Final examination', 'planned', null, null],
  [3, 'Midterm examination', 'complete', 35, 24],
  [4, 'Problem sets', 'in progress', 30, null],
  [5, 'Essay', 'complete', 60, 57],
  [6, 'Practical examination', 'planned', null, null],
  [7, 'Laboratory journal', 'complete', 38, 35],
] as const

/** Fills an empty database with two institutions and what they teach. Nobody has an account yet. */
export function seed(database: Database): void {
  const fill = (into: string, columns: string, rows: readonly (readonly unknown[])[]): void => {
    const marks = columns.replaceAll(/\w+/g, '?')
    const insert = database.prepare(`insert into ${into} (${columns}) values (${marks})`)
    for (const row of rows) insert.run(...row)
  }
  database.transaction(() => {
    fill('institutions', 'name, city', institutions)
    fill('programs', 'institution_id, code, name', programs)
    fill('courses', 'program_id, code, title, credits', courses)
    fill('terms', 'institution_id, name, starts_on, ends_on', terms)
    fill('sections', 'course_id, term_id, number, enrolled', sections)
    fill('assessments', 'section_id, title, status, took, passed', assessments)
  })()
}
