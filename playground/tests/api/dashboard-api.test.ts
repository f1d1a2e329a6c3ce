import { afterAll, beforeAll, expect, test } from 'vitest'
import { addUser, giveSection } from '../records.ts'
import type { Site, Visitor } from './site.ts'
import { startSite } from './site.ts'

let site: Site
let teacher: Visitor

beforeAll(async () => {
  site = await startSite()
  const user = addUser(site.database, 'instructor')
  giveSection(site.database, user, 2)
  teacher = await site.visitor(user.email)
})
afterAll(() => site.close())

test('figures link to their lists', async () => {
  expect(await (await teacher.get('/api/dashboard/figures')).json()).toEqual([
    { label: 'Courses', value: 1, path: '/courses' },
    { label: 'Sections', value: 1, path: '/sections' },
    { label: 'Assessments', value: 3, path: '/assessments' },
  ])
})

test('an update shows in results and tasks', async () => {
  const update = { status: 'complete', took: 50, passed: 25 }
  await teacher.send('PATCH', '/api/assessments/4', update)
  expect(await (await teacher.get('/api/dashboard/results')).json()).toMatchObject([
    { code: 'MATH 101', complete: 2, took: 100, passed: 69 },
  ])
  expect(await (await teacher.get('/api/dashboard/tasks')).json()).toMatchObject([{ id: 5 }])
})

test.each(['figures', 'tasks', 'results'])('%s are for signed-in users', async (what) => {
  expect((await (await site.visitor()).get(`/api/dashboard/${what}`)).status).toBe(401)
})
