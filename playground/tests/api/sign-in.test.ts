import { afterAll, beforeAll, expect, test } from 'vitest'
import { setPassword } from '../../src/accounts/users.ts'
import { addUser } from '../records.ts'
import type { Site } from './site.ts'
import { startSite } from './site.ts'

let site: Site
const credentials = { email: 'instructor@example.org', password: 'correct horse' }

beforeAll(async () => {
  site = await startSite()
  addUser(site.database, 'instructor')
})
afterAll(() => site.close())

test('nobody is signed in at first', async () => {
  const visitor = await site.visitor()
  const answer = await visitor.get('/api/profile')
  expect(answer.status).toBe(401)
  expect(await answer.json()).toEqual({ error: 'Sign in first.' })
})

test('a page leads to sign-in and back', async () => {
  const visitor = await site.visitor()
  const answer = await visitor.get('/courses/1?all=1')
  expect(answer.headers.get('location')).toBe('/sign-in?next=%2Fcourses%2F1%3Fall%3D1')
  const signedIn = await visitor.submit('/sign-in?next=%2Fcourses%2F1', credentials)
  expect(signedIn.headers.get('location')).toBe('/courses/1')
})

test('the cookie is out of reach for scripts and other sites', async () => {
  const answer = await (await site.visitor()).submit('/sign-in', credentials)
  expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax$/)
})

test('a signed-in user has a profile', async () => {
  const visitor = await site.visitor(credentials.email)
  expect(await (await visitor.get('/api/profile')).json()).toMatchObject({
    id: 1,
    email: credentials.email,
  })
})

test.each([
  ['instructor@example.org', 'wrong horse'],
  ['nobody@example.org', 'correct horse'],
  ['', ''],
])('%s with "%s" is refused', async (email, password) => {
  const answer = await (await site.visitor()).submit('/sign-in', { email, password })
  expect(answer.status).toBe(422)
  expect(await answer.text()).toContain('E-mail and password do not belong together.')
})

test('an unverified user is asked to confirm', async () => {
  addUser(site.database, 'program_admin', { verified: false })
  const answer = await (
    await site.visitor()
  ).submit('/sign-in', {
    email: 'program_admin@example.org',
    password: 'correct horse',
  })
  expect(await answer.text()).toContain('Confirm your e-mail address first.')
})

test.each(['//evil.test', 'https://evil.test', '/\\evil.test'])(
  'sign-in does not lead to %s',
  async (next) => {
    const path = `/sign-in?next=${encodeURIComponent(next)}`
    const answer = await (await site.visitor()).submit(path, credentials)
    expect(answer.headers.get('location')).toBe('/dashboard')
  },
)

test('signing out ends the session', async () => {
  const visitor = await site.visitor(credentials.email)
  await visitor.submit('/sign-out', {})
  expect((await visitor.get('/api/profile')).status).toBe(401)
})

test('a new password keeps others signed in until it was reset by mail', async () => {
  const visitor = await site.visitor(credentials.email)
  setPassword(site.database, 1, 'battery staple')
  expect((await visitor.get('/api/profile')).status).toBe(200)
  expect((await (await site.visitor()).submit('/sign-in', credentials)).status).toBe(422)
})
