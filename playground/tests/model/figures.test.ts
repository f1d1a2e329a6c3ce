import { expect, test } from 'vitest'
import { figuresFor, resultsFor, tasksFor } from '../../src/dashboards/figures.ts'
import { addUser, giveProgram, giveSection, openRecords } from '../records.ts'

const records = openRecords()
const chief = addUser(records, 'site_admin', { institutionId: null })
const admin = addUser(records, 'program_admin')
const teacher = addUser(records, 'instructor')
giveProgram(records, admin, 1)
giveSection(records, teacher, 2)

test('a site admin counts institutions and people', () => {
  expect(figuresFor(records, chief).map(({ label, value }) => [label, value])).toEqual([
    ['Institutions', 2],
    ['Programs', 4],
    ['Courses', 7],
    ['People', 3],
  ])
})

test('an instructor counts the own courses', () => {
  expect(figuresFor(records, teacher).map(({ value }) => value)).toEqual([1, 1, 3])
})

test('results add up complete assessments only', () => {
  expect(resultsFor(records, teacher)).toEqual([
    { code: 'MATH 101', title: 'Calculus I', assessments: 3, complete: 1, took: 50, passed: 44 },
  ])
})

test('a course without results is listed', () => {
  expect(resultsFor(records, admin)).toMatchObject([
    { code: 'MATH 101', took: 177 },
    { code: 'MATH 210', took: 0, passed: 0 },
  ])
})

test('what is not complete waits', () => {
  expect(tasksFor(records, teacher).map(({ title }) => title)).toEqual([
    'Project',
    'Final examination',
  ])
})

test('a completed assessment waits no longer', () => {
  records
    .prepare(`update assessments set status = 'complete', took = 9, passed = 9 where id = 4`)
    .run()
  expect(tasksFor(records, teacher).map(({ id }) => id)).toEqual([5])
})
