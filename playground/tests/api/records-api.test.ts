import { afterAll, beforeAll, expect, test } from 'vitest'
import { addUser, giveProgram } from '../records.ts'
import type { Site, Visitor } from './site.ts'
import { startSite } from './site.ts'

let site: Site
let admin: Visitor
const statistics = { program_id: 1, code: 'MATH 301', title: 'Statistics', credits: 6 }

beforeAll(async () => {
  site = await startSite()
  const user = addUser(site.database, 'program_admin')
  giveProgram(site.database, user, 1)
  admin = await site.visitor(user.email)
})
afterAll(() => site.close())

test('a record is created with its number', async () => {
  const answer = await admin.send('POST', '/api/courses', statistics)
  expect(answer.status).toBe(201)
  expect(await answer.json()).toMatchObject({ id: 8, ...statistics, program: 'Mathematics' })
})

test('it is in the list and can be read', async () => {
  const list = (await (await admin.get('/api/courses')).json()) as { id: number }[]
  expect(list.map(({ id }) => id)).toEqual([1, 2, 3, 8])
  expect(await (await admin.get('/api/courses/8')).json()).toMatchObject({ code: 'MATH 301' })
})

test('only what is sent changes', async () => {
  const answer = await admin.send('PATCH', '/api/courses/8', { title: 'Statistics I' })
  expect(await answer.json()).toMatchObject({ ...statistics, title: 'Statistics I' })
})

test.each([
  [{ ...statistics }, 409, { error: 'There is a course of this name already.' }],
  [{ ...statistics, code: '' }, 422, { error: 'Code is missing.', field: 'code' }],
  [{ ...statistics, program_id: 2 }, 403, { error: 'You have no access to program 2.' }],
  [[], 400, { error: 'Send a JSON object.' }],
])('%j is refused with %i', async (body, status, problem) => {
  const answer = await admin.send('POST', '/api/courses', body)
  expect(answer.status).toBe(status)
  expect(await answer.json()).toEqual(problem)
})

test('text that is no JSON is refused', async () => {
  const answer = await admin.submit('/api/courses', { title: 'x' })
  expect([answer.status, await answer.json()]).toEqual([400, { error: 'Send JSON.' }])
})

test.each([
  ['/api/courses/4', 403],
  ['/api/courses/99', 404],
  ['/api/courses/x', 404],
  ['/api/nothing', 404],
])('GET %s answers %i', async (path, status) => {
  expect((await admin.get(path)).status).toBe(status)
})

test('a record is removed once', async () => {
  expect((await admin.send('DELETE', '/api/courses/8')).status).toBe(204)
  expect((await admin.send('DELETE', '/api/courses/8')).status).toBe(404)
})

test('people are not created here, and passwords stay inside', async () => {
  expect((await admin.send('POST', '/api/users', { name: 'x' })).status).toBe(403)
  expect(await (await admin.get('/api/users')).text()).not.toContain('password')
})
