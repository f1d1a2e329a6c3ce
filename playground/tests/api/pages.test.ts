import { afterAll, beforeAll, expect, test } from 'vitest'
import { addUser, giveProgram } from '../records.ts'
import type { Site, Visitor } from './site.ts'
import { startSite } from './site.ts'

let site: Site
let admin: Visitor

beforeAll(async () => {
  site = await startSite()
  const user = addUser(site.database, 'program_admin')
  giveProgram(site.database, user, 1)
  admin = await site.visitor(user.email)
})
afterAll(() => site.close())

test.each([
  '/dashboard',
  '/dashboard/results',
  '/programs',
  '/programs/1',
  '/courses/1',
  '/terms/1',
  '/sections/1',
  '/assessments/1',
  '/users/1',
  '/profile',
])('%s is a page', async (path) => {
  const answer = await admin.get(path)
  expect(answer.status).toBe(200)
  expect(await answer.text()).toMatch(/<h1>.+<\/h1>/)
})

test.each([
  ['/programs/2', 403, 'Access denied'],
  ['/programs/99', 404, 'Not found'],
  ['/nothing', 404, 'Not found'],
])('%s answers %i', async (path, status, title) => {
  const answer = await admin.get(path)
  expect(answer.status).toBe(status)
  expect(await answer.text()).toContain(`<h1>${title}</h1>`)
})

test('what people write is shown as text', async () => {
  await admin.send('PATCH', '/api/programs/1', { name: '<script>alert(1)</script>' })
  const page = await (await admin.get('/programs/1')).text()
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(page).not.toContain('<script>alert')
})

test('a role gets the buttons it may use', async () => {
  expect(await (await admin.get('/programs')).text()).not.toContain('New program')
  expect(await (await admin.get('/courses')).text()).toContain('New course')
})

test.each([
  ['base.css', 'text/css'],
  ['dialogs.js', 'text/javascript'],
  ['icon.svg', 'image/svg+xml'],
])('%s is served', async (file, type) => {
  const answer = await admin.get(`/assets/${file}`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toContain(type)
})

test.each(['server.ts', '..%2Fpackage.json'])('%s is not', async (file) => {
  expect((await admin.get(`/assets/${file}`)).status).toBe(404)
})
